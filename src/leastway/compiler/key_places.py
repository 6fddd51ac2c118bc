"""The places that hold the key of the platform's user: what must get a new key before the old one can be deleted.

- the cloud account of the AWS account, which stores the key
- every definition that hands the key to its module
- every definition that uses the cloud account, such as those of clusters: it reads the key from there, and a copy in it
  would break when the old key is deleted
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leastway.compiler.registrations import key_of_user, registrations_of
from leastway.estate import ExternalIds
from leastway.grant import Account, Grant
from leastway.registry import CLUSTER_TYPE, PlatformSecret

__all__ = ["KeyPlace", "key_places"]


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """One registration with the platform; `name` is `account/ID`, `cluster/ID` or `definition/ID`.

    `todo` is what a person does there.
    """

    name: str
    todo: str


def key_places(grant: Grant, account: Account, external_ids: ExternalIds) -> tuple[KeyPlace, ...]:
    """Return every place that holds the key of the user in `account`, the cloud account first."""
    registered = registrations_of(grant, external_ids)
    key = set(key_of_user(grant, account))
    accounts = [one for one in registered.accounts if key & _secrets(one.credentials).keys()]
    found = [KeyPlace(f"account/{one.id}", "replace both members of its credentials") for one in accounts]
    for one in registered.definitions:
        kind = "cluster" if one.type == CLUSTER_TYPE else "definition"
        held = [path for secret, path in _secrets(one.secrets).items() if secret in key]
        if held:
            found.append(KeyPlace(f"{kind}/{one.id}", f"replace its secrets {' and '.join(sorted(held))}"))
        elif one.account in {each.id for each in accounts}:
            todo = f"it uses the cloud account {one.account}: check that it holds no copy of the key"
            found.append(KeyPlace(f"{kind}/{one.id}", todo))
    return tuple(found)


def _secrets(value: object, path: str = "") -> dict[PlatformSecret, str]:
    """Return the secrets in a value, each with its dotted path."""
    match value:
        case PlatformSecret():
            return {value: path}
        case Mapping():
            found: dict[PlatformSecret, str] = {}
            for key, item in value.items():
                found |= _secrets(item, f"{path}.{key}" if path else str(key))
            return found
        case _:
            return {}
