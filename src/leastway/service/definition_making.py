"""How a version of a resource definition comes about: from what a client gives, checked, its secrets sealed.

Secrets that are equal to those in custody are not sealed again, so their references stay the same.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.ports import DamagedError, Holder, HolderKind, SealedSecret, SecretPlace
from leastway.primitives import Secret
from leastway.registry import (
    BUILT_IN_DRIVERS,
    NATIVE_DRIVERS,
    OWN_STORE,
    TERRAFORM,
    CoProvision,
    DefinitionCheck,
    DefinitionVersion,
    DriverInputs,
    ResourceDriver,
    VersionAction,
    as_secret_refs,
    check_definition,
    decoded_inputs,
    is_identifier,
    split_secret_refs,
    taken_roles,
    written_secret_refs,
)
from leastway.service.fields import is_known_type
from leastway.service.module_check import module_warnings
from leastway.service.server import Server
from leastway.store import AccountClaim, Transaction

__all__ = [
    "GivenDefinition",
    "GivenInputs",
    "MadeVersion",
    "check_references",
    "given_secret_refs",
    "holder_of",
    "kept_secrets",
    "make",
]

_LONGEST_ACCOUNT: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenInputs:
    """Driver inputs as a client gives them: None is absent. `secrets` and `secret_refs` exclude each other."""

    values: Mapping[str, Any] | None = None
    secrets: Mapping[str, Any] | None = field(default=None, repr=False)
    secret_refs: Mapping[str, Any] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.secrets is not None and self.secret_refs is not None:
            raise InvalidInputError(
                "it has secrets and secret_refs", where="driver_inputs", fix="use one of them: they exclude each other"
            )

    @property
    def written(self) -> Mapping[str, Any] | None:
        """The secrets in the form of `secret_refs`."""
        return self.secret_refs if self.secrets is None else as_secret_refs(self.secrets)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDefinition:
    """A definition as a client gives it."""

    name: str
    type: str
    driver: str
    account: str = ""
    inputs: GivenInputs | None = None
    provision: Mapping[str, CoProvision] | None = None
    in_place_driver_change: bool = False
    is_proposed: bool = False


@dataclass(frozen=True, slots=True)
class MadeVersion:
    """A version that can be stored; `sealed` are its secrets, if they are new, `warnings` are for the client."""

    version: DefinitionVersion
    sealed: SealedSecret | None
    warnings: tuple[str, ...]


def holder_of(organization: str, definition: str) -> Holder:
    """Return what the secrets of a definition belong to."""
    return Holder(organization, HolderKind.DEFINITION, definition)


def kept_secrets(
    transaction: Transaction, organization: str, definition: str, version: DefinitionVersion
) -> SealedSecret | None:
    """Return the sealed secrets of a version. Errors: DamagedError if they are missing from the store."""
    if version.secret_version is None:
        return None
    place = SecretPlace(holder_of(organization, definition), version.secret_version)
    sealed = transaction.secrets.sealed(place)
    if sealed is None:
        raise DamagedError(
            "the secrets are missing from the store",
            where=str(place),
            fix="restore a backup, or give the definition its secrets again; find out who can write to the database",
        )
    return sealed


def make(
    server: Server,
    by: str,
    place: tuple[str, str],
    given: GivenDefinition,
    *,
    number: int,
    before: tuple[DefinitionVersion, SealedSecret | None] | None,
) -> MadeVersion:
    """Check what the user `by` gives for the definition at `place`, and seal its secrets.

    `before` is the version that this one follows, with its sealed secrets. Errors: InvalidInputError with the field.
    """
    organization, identifier = place
    with server.store.reading() as transaction:
        driver = _driver(transaction, organization, given)
        _check_type(transaction, organization, given.type)
        account_type = _account_type(transaction, organization, given, driver)
        now = transaction.now
    inputs = given.inputs
    written = None if inputs is None else inputs.written
    old = None if before is None or before[1] is None else _opened(server, before[1])
    secret_version = None if before is None else before[0].secret_version
    _, kept = (None, {}) if written is None else split_secret_refs(written, lambda _: {})
    if kept != old or secret_version is None:
        secret_version = number
    refs = None
    if written is not None:
        version = str(secret_version)

        def reference(path: tuple[str, ...]) -> Mapping[str, str]:
            ref = f"orgs/{organization}/resources/defs/{identifier}/secrets/{'.'.join(path)}"
            return {"store": OWN_STORE, "ref": ref, "version": version}

        refs, _ = split_secret_refs(written, reference)
    values: Mapping[str, Any] = (inputs.values if inputs is not None else None) or {}
    warnings = check_definition(
        DefinitionCheck(
            type=given.type,
            driver=driver,
            account_type=account_type,
            values=values,
            secrets=kept,
            role_prefix=server.platform.role_prefix,
            provision=given.provision or {},
            account=given.account,
        )
    )
    if driver.name == TERRAFORM:
        decoded = (decoded_inputs(driver, values), decoded_inputs(driver, kept, "secrets"))
        warnings = (*warnings, *module_warnings(server.modules, organization, *decoded))
    sealed = None
    if kept and secret_version == number:
        text = Secret(json.dumps(kept, separators=(",", ":")))
        sealed = server.custody.seal(SecretPlace(holder_of(organization, identifier), number), text)
    made = DefinitionVersion(
        id=str(uuid.uuid4()),
        number=number,
        name=given.name,
        type=given.type,
        driver=given.driver,
        account=given.account,
        inputs=None if inputs is None else DriverInputs(inputs.values, refs),
        provision=given.provision or None,
        in_place_driver_change=given.in_place_driver_change,
        action=VersionAction.CREATED if before is None else VersionAction.UPDATED,
        is_proposed=given.is_proposed,
        secret_version=secret_version if kept else None,
        created_at=now,
        created_by=by,
    )
    return MadeVersion(made, sealed, warnings)


def given_secret_refs(server: Server, version: DefinitionVersion, sealed: SealedSecret | None) -> dict[str, Any] | None:
    """Return the secrets of a version as a client would give them again, None if it has none. Errors: DamagedError."""
    refs = None if version.inputs is None else version.inputs.secret_refs
    if refs is None:
        return None
    return written_secret_refs(refs, {} if sealed is None else json.loads(server.custody.open(sealed).reveal()))


def check_references(transaction: Transaction, organization: str, version: DefinitionVersion) -> None:
    """Check, in the transaction that begins to use a version, that its account exists and its roles may be used.

    Errors: InvalidInputError with the field.
    """
    account = version.account
    if account and "${" not in account and transaction.accounts.find(organization, account, lock=True) is None:
        raise _no_account()
    values = (version.inputs.values if version.inputs is not None else None) or {}
    driver = _known_driver(transaction, organization, version.driver)
    roles = taken_roles(values if driver is None else decoded_inputs(driver, values))
    if not transaction.claims.are_free(
        organization, map(AccountClaim.of_account, sorted({one.account for _, one in roles}))
    ):
        raise InvalidInputError(
            "a role that the module assumes, or a run plans with, is not available",
            where="driver_inputs.values",
            fix="use roles of your own AWS accounts",
        )


def _driver(transaction: Transaction, organization: str, given: GivenDefinition) -> ResourceDriver:
    if service := NATIVE_DRIVERS.get(given.driver):
        raise InvalidInputError(
            f"the driver {given.driver} uses long-term keys instead of a role",
            where="driver_type",
            fix=f"use humanitec/terraform with a module for {service}: docs/definitions.md has an example",
        )
    found = _known_driver(transaction, organization, given.driver)
    if found is None:
        raise InvalidInputError(
            "unknown driver",
            where="driver_type",
            fix=f"use {', '.join(BUILT_IN_DRIVERS)}, or a driver of the organization, {organization}/ID",
        )
    if found.type not in ("*", given.type):
        what = f"the driver provisions {found.type} only"
        raise InvalidInputError(what, where="driver_type", fix="use a driver for the definition's type")
    return found


def _known_driver(transaction: Transaction, organization: str, driver: str) -> ResourceDriver | None:
    """Return a built-in driver, or one of the organization."""
    owner, _, name = driver.partition("/")
    if driver in BUILT_IN_DRIVERS or owner != organization:
        return BUILT_IN_DRIVERS.get(driver)
    return transaction.resource_types.find_driver(organization, name)


def _check_type(transaction: Transaction, organization: str, type_id: str) -> None:
    if not is_known_type(transaction, organization, type_id):
        raise InvalidInputError(
            "unknown resource type",
            where="type",
            fix=f"use one that /orgs/{organization}/resources/types lists, or create {organization}/NAME there",
        )


def _account_type(
    transaction: Transaction, organization: str, given: GivenDefinition, driver: ResourceDriver
) -> str | None:
    if not given.account or "${" in given.account:
        if len(given.account) > _LONGEST_ACCOUNT:
            raise InvalidInputError("it is too long", where="driver_account", fix="use the id of a cloud account")
        return None
    found = transaction.accounts.find(organization, given.account) if is_identifier(given.account) else None
    if found is None:
        raise _no_account()
    if driver.account_types and found.type not in driver.account_types:
        kinds = " or ".join(driver.account_types)
        what = f"the account is of type {found.type}, and the driver needs {kinds}"
        raise InvalidInputError(what, where="driver_account", fix="use another account")
    return found.type


def _no_account() -> InvalidInputError:
    return InvalidInputError(
        "the account does not exist", where="driver_account", fix="use the id of a cloud account, or create it first"
    )


def _opened(server: Server, sealed: SealedSecret) -> dict[str, Any] | None:
    """Return the secrets in custody, None if they are damaged: then new ones take their place."""
    try:
        found: dict[str, Any] = json.loads(server.custody.open(sealed).reveal())
    except DamagedError:
        return None
    return found
