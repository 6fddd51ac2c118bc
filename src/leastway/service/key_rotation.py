"""What the server does after it has accepted a new access key for a cloud account, in durable steps.

`update_account` proves the key, and one transaction stores it, makes it the one in use, and begins the rotation. Then:
1. List the places: what else of the organization has the previous key, definitions in their secrets and accounts.
2. Give the new key to each definition, one step each, as a new version. What cannot be changed here is left to a person
   with the reason: other accounts, and definitions that would be refused today.
3. Wait. The previous key stays in custody longer than any session lives: for running work, and for a return to it.
4. Delete the previous key.

Each step finds what an interrupted one left. A later change of the account's credential supersedes the rotation: its
steps then do nothing. No key is in a result, a place or an entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

from leastway.audit import Actor, Detail, Entry
from leastway.custody import credentials_in
from leastway.errors import InvalidInputError
from leastway.ports import DamagedError, Holder, HolderKind, SecretPlace, Steps, WaitingError
from leastway.primitives import Secret
from leastway.registry import KeyCredentials, ResourceAccount, StoredDefinition, written_secret_refs
from leastway.service.definition_making import GivenDefinition, GivenInputs, kept_secrets, make
from leastway.service.definitions import forget_versions
from leastway.service.server import Server
from leastway.store import ConflictError, StoredRotation, Transaction

__all__ = ["ROTATION", "SOAK", "RotationWork", "begin_rotation", "carry_out_rotation", "workflow_of"]

ROTATION: Final = "key-rotation"
"""The name of the workflow. It never changes."""
SOAK: Final = timedelta(days=7)
"""How long the previous key stays; a session lives for twelve hours at most."""
_AGAIN: Final = timedelta(seconds=30)
"""After this time, a rotation whose step failed is tried again."""
_TRIES: Final = 5
_CHANGED: Final = ""
_OTHER_ACCOUNT: Final = "it is an account of its own: give it the new key with PATCH, which proves it"


def begin_rotation(transaction: Transaction, before: ResourceAccount, after: ResourceAccount, by: str) -> None:
    """Begin the rotation, in the transaction that makes the new key the one in use."""
    now = transaction.now
    begun = StoredRotation(
        organization=after.organization,
        account=after.id,
        version=after.version,
        version_before=before.version,
        state="open",
        places=None,
        began_at=now,
        began_by=by,
        next_at=now,
    )
    transaction.key_rotations.begin(begun)


def workflow_of(rotation: StoredRotation) -> tuple[str, list[Any]]:
    """Return the id of the workflow of a rotation, and its argument."""
    began = int(rotation.began_at.timestamp() * 1000)  # an account may be deleted and made again
    argument = [rotation.organization, rotation.account, rotation.version]
    return f"{ROTATION}/{rotation.organization}/{rotation.account}/{rotation.version}/{began}", argument


def carry_out_rotation(server: Server, steps: Steps, argument: list[Any]) -> str:
    """Carry out a rotation; returns how it ended. Errors: WaitingError until the previous key may be deleted."""
    work = _Work(server, *argument)
    places: list[str] = steps.once("list places", work.list_places)
    for place in places:
        steps.once(f"change {place}", partial(work.change, place))
    steps.once("wait", work.wait)
    ended: str = steps.once("forget the key before", work.forget)
    return ended


class RotationWork:
    """The rotations of keys that this process carries out. See `leastway.service.durable_work`."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def due(self) -> tuple[tuple[str, list[Any]], ...]:
        """Return the rotations whose time has come."""
        with self._server.store.reading() as transaction:
            return tuple(map(workflow_of, transaction.key_rotations.due(transaction.now)))

    def carry_out(self, steps: Steps, argument: list[Any]) -> str:
        """Carry out a rotation. Errors: WaitingError; those of its steps, which are tried again later."""
        try:
            return carry_out_rotation(self._server, steps, argument)
        except WaitingError:
            raise
        except Exception:
            with self._server.store.writing() as transaction:
                rotation = transaction.key_rotations.find(*argument)
                if rotation is not None:
                    transaction.key_rotations.wait(rotation, transaction.now + _AGAIN)
            raise

    def stop(self) -> None:
        """Nothing: its steps are short."""

    def close(self) -> None:
        """Nothing: it holds nothing."""


class _Work:
    def __init__(self, server: Server, organization: str, account: str, version: int) -> None:
        self._server = server
        self._organization = organization
        self._account = account
        self._version = version

    def list_places(self) -> list[str]:
        """Return what has the previous key, and store it; what an interrupted step stored counts."""
        with self._server.store.reading() as transaction:
            rotation = self._open(transaction)
        if rotation is not None and rotation.places is not None:
            return list(rotation.places)
        keys = self._keys()
        if keys is None:
            return []
        found = [f"account/{one}" for one in self._accounts_with(keys[0])]
        found += [f"definition/{one}" for one in self._definitions_with(keys[0])]
        states = {place: _OTHER_ACCOUNT if place.startswith("account/") else "it is being changed" for place in found}
        with self._server.store.writing() as transaction:
            rotation = self._open(transaction)
            if rotation is not None:
                transaction.key_rotations.put_places(rotation, states)
                self._enter(transaction, rotation, "account.key-places-found", places=tuple(found))
        return found

    def change(self, place: str) -> str:
        """Give a place the new key; returns how it stands."""
        kind, _, identifier = place.partition("/")
        keys = self._keys()
        if keys is None:
            return "superseded"
        if kind == "account":
            return _OTHER_ACCOUNT
        for _ in range(_TRIES):
            try:
                stands = self._change_definition(identifier, *keys)
            except ConflictError:  # another request stored the same version first
                stands = None
            if stands is not None:
                return stands
        raise ConflictError(
            "the definition is being changed by others",
            where=place,
            fix="nothing needs to be done: the server tries again",
        )

    def wait(self) -> None:
        """Errors: WaitingError while the previous key stays."""
        with self._server.store.reading() as transaction:
            rotation = self._open(transaction)
            now = transaction.now
        if rotation is None or now >= (until := rotation.began_at + SOAK):
            return
        with self._server.store.writing() as transaction:
            transaction.key_rotations.wait(rotation, until)
        raise WaitingError("the previous key is kept for running work and for a return to it", until=until)

    def forget(self) -> str:
        """Delete the previous key, unless the account has another credential by now."""
        with self._server.store.writing() as transaction:
            rotation = self._open(transaction, lock=True)
            if rotation is None:
                return "superseded"
            place = SecretPlace(_holder(self._organization, self._account), rotation.version)
            deleted = transaction.secrets.delete_before(place)
            transaction.key_rotations.end(rotation)
            if deleted:
                self._enter(transaction, rotation, "account.key-forgotten", version=rotation.version_before)
        return "done"

    def _open(self, transaction: Transaction, *, lock: bool = False) -> StoredRotation | None:
        """Return the rotation if it is open, and the account still has its key."""
        account = transaction.accounts.find(self._organization, self._account, lock=lock)
        rotation = transaction.key_rotations.find(self._organization, self._account, self._version)
        is_current = account is not None and account.version == self._version
        return rotation if rotation is not None and rotation.is_open and is_current else None

    def _keys(self) -> tuple[KeyCredentials, KeyCredentials] | None:
        """Return the previous key and the new one, or None if the rotation is over."""
        with self._server.store.reading() as transaction:
            rotation = self._open(transaction)
            if rotation is None:
                return None
            holder = _holder(self._organization, self._account)
            sealed = [
                transaction.secrets.sealed(SecretPlace(holder, version))
                for version in (rotation.version_before, rotation.version)
            ]
        found = []
        for one in sealed:
            try:
                credentials = None if one is None else self._credentials(self._server.custody.open(one), str(one.place))
            except DamagedError:  # nothing can be compared with it
                credentials = None
            if credentials is None:
                return None
            found.append(credentials)
        return found[0], found[1]

    @staticmethod
    def _credentials(text: Secret, where: str) -> KeyCredentials | None:
        found = credentials_in(text, "aws", where=where)
        return found if isinstance(found, KeyCredentials) else None

    def _accounts_with(self, key: KeyCredentials) -> Iterator[str]:
        with self._server.store.reading() as transaction:
            others = [
                (one, transaction.secrets.sealed(SecretPlace(_holder(self._organization, one.id), one.version)))
                for one in transaction.accounts.all(self._organization)
                if one.type == "aws" and one.id != self._account
            ]
        for one, sealed in others:
            if sealed is not None and self._opens_to(sealed.place, key):
                yield one.id

    def _opens_to(self, place: SecretPlace, key: KeyCredentials) -> bool:
        with self._server.store.reading() as transaction:
            sealed = transaction.secrets.sealed(place)
        try:
            return sealed is not None and self._credentials(self._server.custody.open(sealed), str(place)) == key
        except DamagedError:
            return False

    def _definitions_with(self, key: KeyCredentials) -> Iterator[str]:
        with self._server.store.reading() as transaction:
            found = [one for one in transaction.definitions.all(self._organization) if one.active.secret_version]
        for one in found:
            secrets = self._secrets(one)
            if secrets is not None and swapped(secrets, _texts(key, key)) is not None:
                yield one.id

    def _secrets(self, definition: StoredDefinition) -> Any:
        """Return the secrets of a definition, or None if there are none or they are damaged."""
        try:
            with self._server.store.reading() as transaction:
                sealed = kept_secrets(transaction, self._organization, definition.id, definition.active)
            return None if sealed is None else json.loads(self._server.custody.open(sealed).reveal())
        except DamagedError:
            return None

    def _change_definition(self, identifier: str, old: KeyCredentials, new: KeyCredentials) -> str | None:
        """Return how the definition stands, or None if another request changed it meanwhile."""
        server, place = self._server, f"definition/{identifier}"
        with server.store.reading() as transaction:
            rotation = self._open(transaction)
            before = transaction.definitions.find(self._organization, identifier)
            last = transaction.definitions.last_number(self._organization, identifier)
            sealed = None
            if before is not None:
                sealed = kept_secrets(transaction, self._organization, identifier, before.active)
        if rotation is None:
            return "superseded"
        secrets = None if sealed is None else json.loads(server.custody.open(sealed).reveal())
        changed = None if secrets is None else swapped(secrets, _texts(old, new))
        if before is None or changed is None:  # it was changed or deleted since, or by this step before it was killed
            return self._stands(place, _CHANGED)
        version = before.active
        refs = (version.inputs.secret_refs if version.inputs is not None else None) or {}
        given = GivenDefinition(
            name=version.name,
            type=version.type,
            driver=version.driver,
            account=version.account,
            inputs=GivenInputs(
                values=None if version.inputs is None else version.inputs.values,
                secret_refs=written_secret_refs(refs, changed),
            ),
            provision=version.provision,
            in_place_driver_change=version.in_place_driver_change,
        )
        try:
            made = make(
                server,
                rotation.began_by,
                (self._organization, identifier),
                given,
                number=last + 1,
                before=(version, sealed),
            )
        except InvalidInputError as error:  # it was stored before this was refused
            return self._stands(place, f"change it yourself: {error.where}: {error.what}")
        with server.store.writing() as transaction:
            if transaction.definitions.find(self._organization, identifier, lock=True) != before:
                return None
            rotation = self._open(transaction)
            if rotation is None:
                return "superseded"
            definitions, now = transaction.definitions, transaction.now
            definitions.add_version(self._organization, identifier, made.version)
            if made.sealed is not None:
                transaction.secrets.add(made.sealed, rotation.began_by)
            definitions.activate(self._organization, identifier, made.version, at=now, by=rotation.began_by)
            after = definitions.find(self._organization, identifier)
            assert after is not None  # noqa: S101  # it was locked
            forget_versions(transaction, after)
            transaction.key_rotations.put_places(rotation, {**(rotation.places or {}), place: _CHANGED})
            self._enter(
                transaction,
                rotation,
                "definition.key-replaced",
                identifier,
                account=self._account,
                version=made.version.number,
                version_before=version.number,
            )
        return _CHANGED

    def _stands(self, place: str, how: str) -> str:
        with self._server.store.writing() as transaction:
            rotation = self._open(transaction)
            if rotation is not None:
                transaction.key_rotations.put_places(rotation, {**(rotation.places or {}), place: how})
        return how

    def _enter(
        self,
        transaction: Transaction,
        rotation: StoredRotation,
        action: str,
        target: str | None = None,
        **details: Detail,
    ) -> None:
        actor = Actor(rotation.began_by)
        entry = Entry(
            self._organization, transaction.now, actor, action, target or self._account, details=dict(details)
        )
        transaction.audit.append(entry)


def swapped(secrets: Any, texts: Mapping[str, str]) -> Any | None:
    """Return nested secrets with these texts in place of others, or None if none of them is in a secret."""
    found = False

    def change(value: Any) -> Any:
        nonlocal found
        if isinstance(value, dict):
            return {name: change(member) for name, member in value.items()}
        if isinstance(value, list):
            return [change(member) for member in value]
        if isinstance(value, str):
            for old, new in texts.items():
                if old in value:
                    found, value = True, value.replace(old, new)
        return value

    changed = change(secrets)
    return changed if found else None


def _texts(old: KeyCredentials, new: KeyCredentials) -> dict[str, str]:
    return {old.key_id: new.key_id, old.secret.reveal(): new.secret.reveal()}


def _holder(organization: str, account: str) -> Holder:
    return Holder(organization, HolderKind.ACCOUNT, account)
