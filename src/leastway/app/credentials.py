"""Temporary credentials from the platform's server, in the format of `credential_process`.

Source: AWS SDKs and Tools Reference Guide, "Process credential provider".
"""

from __future__ import annotations

from dataclasses import dataclass

from leastway.app.server_client import ServerClient
from leastway.errors import LeastwayError

__all__ = ["ProcessCredentials", "eks_token_of_server", "process_credentials"]

_MEMBERS = {
    "AccessKeyId": "AccessKeyId",
    "SecretAccessKey": "SecretAccessKey",
    "SessionToken": "Token",
    "Expiration": "Expiration",
}


@dataclass(frozen=True, slots=True)
class ProcessCredentials:
    """The document for the SDK, and what the server has to say about it."""

    document: dict[str, object]
    message: str | None


def process_credentials(
    account: str,
    *,
    organization: str | None,
    role: str | None,
    definition: str | None,
    duration: int | None,
    session_name: str | None,
) -> ProcessCredentials:
    """Ask the server for credentials of an account. Errors as `ServerClient`."""
    client = ServerClient.from_environment()
    path = client.path(organization, "resources", "accounts", account, "credentials")
    seconds = None if duration is None else str(duration)
    query = {"role": role, "definition": definition, "duration": seconds, "session_name": session_name}
    answer = client.object("GET", path, query=query)
    document = {name: _text(answer, member, client) for name, member in _MEMBERS.items()}
    message = answer.get("Message")
    return ProcessCredentials({"Version": 1, **document}, message if isinstance(message, str) else None)


def eks_token_of_server(
    cluster: str, region: str, account: str, *, organization: str | None, role: str | None
) -> dict[str, object]:
    """Ask the server for a token for a cluster, and return it as an ExecCredential. Errors as `ServerClient`."""
    client = ServerClient.from_environment()
    path = client.path(organization, "resources", "accounts", account, "eks-token")
    answer = client.object("POST", path, {"cluster": cluster, "region": region, "role": role})
    return {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "kind": "ExecCredential",
        "spec": {},
        "status": {
            "token": _text(answer, "token", client),
            "expirationTimestamp": _text(answer, "expires_at", client),
        },
    }


def _text(answer: object, member: str, client: ServerClient) -> str:
    found = answer.get(member) if isinstance(answer, dict) else None
    if not isinstance(found, str) or not found:
        raise LeastwayError(f"the server's answer has no {member}", where=client.url, fix="check LEASTWAY_URL")
    return found
