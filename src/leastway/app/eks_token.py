"""Tokens for clusters, in the format of a kubectl exec plugin (`client.authentication.k8s.io/v1beta1`)."""

from __future__ import annotations

from leastway.aws import ambient_token

__all__ = ["exec_credential"]


def exec_credential(cluster: str, region: str, profile: str | None = None) -> dict[str, object]:
    """Sign a token with the ambient credentials, or with those of `profile`, and return it as an ExecCredential."""
    signed = ambient_token(cluster, region, profile)
    return {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "kind": "ExecCredential",
        "spec": {},
        "status": {
            "token": signed.token.reveal(),
            "expirationTimestamp": signed.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    }
