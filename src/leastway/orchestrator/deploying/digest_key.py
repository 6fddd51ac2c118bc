"""The key of an organization for digests of secrets, by which pods are replaced when a secret changes.

It is random, made with the first deployment, and sealed like every secret: nobody can guess a secret from its digest.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Final

from leastway.custody import Custody
from leastway.ports import Holder, HolderKind, SecretPlace
from leastway.primitives import Secret
from leastway.registry import Deployment
from leastway.store import ConflictError, PlatformStore

__all__ = ["digest_key"]

_ID: Final = "content-digests"


def digest_key(store: PlatformStore, custody: Custody, deployment: Deployment) -> Secret:
    """Return the key, made if there is none. Errors: DamagedError."""
    place = SecretPlace(Holder(deployment.organization, HolderKind.SERVER, _ID), 1)
    for _ in range(2):
        with store.reading() as transaction:
            sealed = transaction.secrets.sealed(place)
        if sealed is not None:
            return custody.open(sealed)
        made = custody.seal(place, Secret(secrets.token_hex(32)))
        with suppress(ConflictError), store.writing() as transaction:
            transaction.secrets.add(made, deployment.created_by)
    raise AssertionError(place)
