"""Request bodies for Humanitec's API: `POST /orgs/{orgId}/resources/accounts` and `.../resources/defs`.

In place of a secret, a body has null, which the API rejects: nothing is registered with a wrong value by mistake.
Source: Humanitec's OpenAPI description, CreateResourceAccountRequestRequest and CreateResourceDefinitionRequestRequest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leastway.registry import CloudAccount, PlatformSecret, ResourceDefinition

__all__ = ["ACCOUNTS", "DEFINITIONS", "account_body", "definition_body", "secrets_in"]

ACCOUNTS = "/orgs/{orgId}/resources/accounts"
DEFINITIONS = "/orgs/{orgId}/resources/defs"


def account_body(account: CloudAccount) -> dict[str, Any]:
    """Return the body of a cloud account."""
    credentials = {key: _blank(value) for key, value in account.credentials.items()}
    return {"id": account.id, "name": account.name, "type": account.type, "credentials": credentials}


def definition_body(definition: ResourceDefinition) -> dict[str, Any]:
    """Return the body of a definition; secrets are references without a `value`, which a person must fill in."""
    inputs: dict[str, Any] = {"values": definition.values}
    if definition.secrets:
        inputs["secret_refs"] = _references(definition.secrets)
    body = {"id": definition.id, "name": definition.name, "type": definition.type, "driver_type": definition.driver}
    account = {"driver_account": definition.account} if definition.account else {}
    return {**body, **account, "driver_inputs": inputs, "criteria": [each.render() for each in definition.criteria]}


def secrets_in(value: object) -> dict[str, str]:
    """Return the names of all secrets in a value, with their descriptions."""
    match value:
        case PlatformSecret(name, what):
            return {name: what}
        case Mapping():
            return {name: what for item in value.values() for name, what in secrets_in(item).items()}
        case _:
            return {}


def _blank(value: str | PlatformSecret) -> str | None:
    return None if isinstance(value, PlatformSecret) else value


def _references(secrets: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: {"value": None} if isinstance(value, PlatformSecret) else _references(value)
        for key, value in secrets.items()
    }
