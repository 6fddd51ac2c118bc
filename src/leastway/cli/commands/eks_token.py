"""`leastway eks-token`: print a token for a cluster, as a kubectl exec plugin."""

from __future__ import annotations

import json

import click

from leastway.cli.options import log_options

__all__ = ["command"]


@click.command(name="eks-token")
@click.option("--cluster", required=True, help="The cluster's name.")
@click.option("--region", required=True, help="The cluster's region.")
@click.option("--profile", help="The AWS profile to sign with. Default: the credentials of the environment.")
@log_options
def command(cluster: str, region: str, profile: str | None) -> None:
    """Print a token for a cluster as an ExecCredential, for the `exec` of a kubeconfig.

    The token is signed on this machine, is valid for 14 minutes, and is not stored.
    """
    from leastway.app.eks_token import exec_credential
    from leastway.cli.terminal import emit_secret

    emit_secret(json.dumps(exec_credential(cluster, region, profile)) + "\n")
