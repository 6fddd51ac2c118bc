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
@click.option("--account", metavar="ID", help="Let the platform's server (LEASTWAY_URL) sign with this cloud account.")
@click.option("--role", metavar="ARN", help="With --account: a role in the account's list.")
@click.option(
    "--organization", metavar="ID", help="With --account: default is that of the token, if it may ask for it."
)
@log_options
def command(
    cluster: str, region: str, profile: str | None, account: str | None, role: str | None, organization: str | None
) -> None:
    """Print a token for a cluster as an ExecCredential, for the `exec` of a kubeconfig.

    The token is signed on this machine, or with --account by the platform's server, whose keys stay there. It is valid
    for 14 minutes, and is not stored.
    """
    from leastway.cli.terminal import emit_secret

    if account is None:
        if role is not None or organization is not None:
            raise click.UsageError("--role and --organization need --account")
        from leastway.app.eks_token import exec_credential

        document = exec_credential(cluster, region, profile)
    else:
        if profile is not None:
            raise click.UsageError("choose --profile or --account")
        from leastway.app.credentials import eks_token_of_server

        document = eks_token_of_server(cluster, region, account, organization=organization, role=role)
    emit_secret(json.dumps(document) + "\n")
