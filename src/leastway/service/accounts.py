"""Cloud accounts of an organization: created, changed, checked and deleted, each with its audit entry.

The credentials go into custody, in versions: a change stores a new version, and the one before it stays for work that
is running, until the next change. Nothing is sealed, opened or asked of AWS while the database is locked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from leastway.custody import credentials_in, text_of_credentials
from leastway.errors import InvalidInputError
from leastway.ports import DamagedError, Holder, HolderKind, SealedSecret, SecretPlace
from leastway.registry import (
    AccountCredentials,
    ActiveResource,
    KeyCredentials,
    ResourceAccount,
    RoleCredentials,
    read_account_credentials,
)
from leastway.service.account_check import AccountCheck, check_prefix
from leastway.service.account_checking import access_of, checked_account, take_checked
from leastway.service.affected import place_of_resource
from leastway.service.caller import Caller, NotFoundError
from leastway.service.fields import check_identifier, check_name
from leastway.service.key_rotation import begin_rotation
from leastway.service.server import Server
from leastway.store import ConflictError, Transaction
from leastway.tenants import Permission

__all__ = [
    "InUseError",
    "KnownAccount",
    "check_account",
    "create_account",
    "delete_account",
    "place_of",
    "read_account",
    "read_accounts",
    "update_account",
]

_TRIES = 5
_PAGE = 500


class InUseError(ConflictError):
    """Something needs the account: definitions by their ids, and resources that were made with it.

    A resource needs it to be destroyed, whatever became of its definition since.
    """

    def __init__(self, account: str, definitions: tuple[str, ...], resources: tuple[ActiveResource, ...]) -> None:
        needed = [(definitions, "the resource definitions", "delete or change the definitions")] if definitions else []
        if resources:
            fix = "destroy or detach the resources"
            needed.append((tuple(map(place_of_resource, resources)), "the active resources", fix))
        by = " and ".join(f"{kind} {', '.join(names[:5])}{', ...' * (len(names) > 5)}" for names, kind, _ in needed)
        fixes = ", and ".join(fix for _, _, fix in needed)
        super().__init__(f"the account {account!r} is used by {by}", fix=f"{fixes} first")
        self.definitions, self.resources = definitions, resources


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account, and whether something refers to it."""

    account: ResourceAccount
    is_used: bool


def place_of(account: ResourceAccount) -> SecretPlace:
    """Return where the credential of the account is sealed."""
    return SecretPlace(_holder(account.organization, account.id), account.version)


def read_accounts(server: Server, caller: Caller, organization: str) -> Iterator[tuple[KnownAccount, ...]]:
    """Yield the accounts of the organization by id, in pages that are read one after the other."""
    caller.need(Permission.READ, organization)
    used: frozenset[str] | None = None
    after: str | None = ""
    while after is not None:
        with server.store.reading() as transaction:
            page = transaction.accounts.all(organization, after=after, most=_PAGE)
            if used is None:
                used = transaction.active_resources.accounts(organization)
                used |= transaction.definitions.accounts(organization).keys()
        yield tuple(KnownAccount(account, account.id in used) for account in page)
        after = page[-1].id if len(page) == _PAGE else None


def read_account(server: Server, caller: Caller, organization: str, account: str) -> KnownAccount:
    """Return one account. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return _known(transaction, _found(transaction, organization, account))


def create_account(
    server: Server,
    caller: Caller,
    organization: str,
    *,
    identifier: str,
    name: str,
    type_id: str,
    credentials: object,
    dry_run: bool = False,
    check: bool = False,
) -> KnownAccount | None:
    """Create an account from the JSON of its credentials; with `dry_run`, do everything but keep it, and return None.

    Errors: InvalidInputError whose `where` is the field; ConflictError for an id that exists; CheckFailedError.
    """
    caller.need(Permission.OPERATE, organization)
    check_identifier(identifier)
    check_name(name)
    given = _read(server, type_id, credentials)
    with server.store.reading() as transaction:
        if transaction.accounts.find(organization, identifier) is not None:
            raise _exists(identifier)
    checked = checked_account(server, caller, organization, identifier, given, False) if check else None
    if dry_run:
        return None
    text = text_of_credentials(given)
    for _ in range(_TRIES):
        with server.store.reading() as transaction:
            version = transaction.secrets.next_version(_holder(organization, identifier))
        sealed = server.custody.seal(SecretPlace(_holder(organization, identifier), version), text)
        try:
            created = _store_new(server, caller, (organization, identifier, name, type_id), sealed, given, checked)
        except ConflictError as error:
            raise _exists(identifier) from error
        if created is not None:
            return created
    raise ConflictError("the account is being created and deleted by others", fix="try again later")


def update_account(
    server: Server,
    caller: Caller,
    organization: str,
    account: str,
    *,
    name: str | None = None,
    credentials: object | None = None,
    dry_run: bool = False,
    check: bool = False,
) -> KnownAccount | None:
    """Change the name, the credentials or both; what is None stays. With `dry_run`, keep nothing and return None.

    Credentials that are equal to those in custody make no new version; a new access key is proved before it is stored.
    Errors as `create_account`; NotFoundError.
    """
    caller.need(Permission.OPERATE, organization)
    if name is not None:
        check_name(name)
    with server.store.reading() as transaction:
        before, sealed = _with_credential(transaction, organization, account)
    given = None if credentials is None else _read(server, before.type, credentials)
    is_new = given is not None and not _is_same(server, sealed, given)
    is_proved = is_new and isinstance(given, KeyCredentials) and not dry_run
    checked = None
    if check or is_proved:
        tested = given if given is not None else _opened(server, before, sealed)
        passed = checked_account(server, caller, organization, account, tested, is_proved)
        checked = passed if check else None
    if not is_new:
        given = None
    if dry_run:
        return None
    for _ in range(_TRIES):
        try:
            changed = _store_change(server, caller, before, name, given, checked)
        except ConflictError:  # another request stored the same version first
            changed = None
        if changed is not None:
            server.work.wake()
            return changed
        with server.store.reading() as transaction:
            before, _ = _with_credential(transaction, organization, account)
    raise ConflictError("the account is being changed by others", fix="read it again, then decide")


def delete_account(server: Server, caller: Caller, organization: str, account: str) -> None:
    """Delete an account and every version of its credential. Errors: NotFoundError; InUseError.

    What the organization claimed by its checks stays its own.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        found = _found(transaction, organization, account, lock=True)
        definitions, resources = _users(transaction, organization, account)
        if definitions or resources:
            raise InUseError(account, definitions, resources)
        versions = transaction.secrets.delete(_holder(organization, account))
        transaction.accounts.delete(organization, account)
        transaction.account_roles.remove_all(organization, account)
        transaction.key_rotations.remove_all(organization, account)
        entry = caller.entry(
            transaction.now, "account.deleted", account, status=204, name=found.name, type=found.type, versions=versions
        )
        transaction.audit.append(entry)


def check_account(server: Server, caller: Caller, organization: str, account: str) -> AccountCheck:
    """Check the account's credentials for real, claim what the check proves, and have new sessions made from now on.

    Errors: NotFoundError; CheckFailedError.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.reading() as transaction:
        found, sealed = _with_credential(transaction, organization, account)
    credentials = _opened(server, found, sealed)
    passed = checked_account(server, caller, organization, account, credentials, False)
    with server.store.writing() as transaction:
        take_checked(transaction, organization, account, passed)
        entry = caller.entry(
            transaction.now,
            "account.checked",
            account,
            status=200,
            version=found.version,
            warnings=passed.warnings,
            access=access_of(credentials),
        )
        transaction.audit.append(entry)
    return passed


def _store_new(
    server: Server,
    caller: Caller,
    named: tuple[str, str, str, str],
    sealed: SealedSecret,
    given: AccountCredentials,
    checked: AccountCheck | None,
) -> KnownAccount | None:
    """Store a new account; return None if the version of its credential has been used since it was sealed."""
    organization, identifier, name, type_id = named
    place = sealed.place
    with server.store.writing() as transaction:
        if transaction.secrets.next_version(place.holder) > place.version:
            if transaction.accounts.find(organization, identifier) is not None:
                raise _exists(identifier)
            return None
        created = ResourceAccount(
            organization, identifier, name, type_id, place.version, transaction.now, caller.user.id
        )
        transaction.accounts.add(created)
        transaction.secrets.add(sealed, caller.user.id)
        take_checked(transaction, organization, identifier, checked)
        entry = caller.entry(
            transaction.now,
            "account.created",
            identifier,
            status=200,
            name=name,
            type=type_id,
            version=place.version,
            checked=checked is not None,
            access=access_of(given),
        )
        transaction.audit.append(entry)
        return _known(transaction, created)


def _store_change(
    server: Server,
    caller: Caller,
    before: ResourceAccount,
    name: str | None,
    given: AccountCredentials | None,
    checked: AccountCheck | None,
) -> KnownAccount | None:
    """Store a change of `before`; return None if the account has changed since it was read."""
    after = replace(before, name=before.name if name is None else name)
    sealed: SealedSecret | None = None
    if given is not None:
        after = replace(after, version=before.version + 1)
        sealed = server.custody.seal(place_of(after), text_of_credentials(given))
    with server.store.writing() as transaction:
        if _found(transaction, before.organization, before.id, lock=True) != before:
            return None
        if sealed is not None:
            transaction.secrets.add(sealed, caller.user.id)
            transaction.secrets.retire(place_of(before))
            transaction.secrets.delete_before(place_of(before))
            if isinstance(given, KeyCredentials):
                begin_rotation(transaction, before, after, caller.user.id)
        take_checked(transaction, before.organization, before.id, checked)
        if after != before:
            transaction.accounts.update(after)
        entry = caller.entry(
            transaction.now,
            "account.updated",
            before.id,
            status=200,
            name=after.name,
            name_before=before.name,
            version=after.version,
            version_before=before.version,
            checked=checked is not None,
            access="unchanged" if given is None else access_of(given),
        )
        transaction.audit.append(entry)
        return _known(transaction, after)


def _read(server: Server, type_id: str, credentials: object) -> AccountCredentials:
    if isinstance(credentials, KeyCredentials | RoleCredentials):
        return credentials  # from custody
    given = read_account_credentials(type_id, credentials)
    if isinstance(given, KeyCredentials) and given.key_id.startswith("ASIA"):
        raise InvalidInputError(
            "it is the id of a temporary key, which ends by itself and needs a session token",
            where="credentials.aws_access_key_id",
            fix="give the key of an IAM user, whose id begins with AKIA, or an account of type aws-role",
        )
    check_prefix(given, server.platform)
    return given


def _opened(server: Server, account: ResourceAccount, sealed: SealedSecret) -> AccountCredentials:
    return credentials_in(server.custody.open(sealed), account.type, where=str(sealed.place))


def _is_same(server: Server, sealed: SealedSecret, given: AccountCredentials) -> bool:
    """Return whether custody has these credentials already. A damaged one is replaced."""
    try:
        return server.custody.open(sealed) == text_of_credentials(given)
    except DamagedError:
        return False


def _holder(organization: str, account: str) -> Holder:
    return Holder(organization, HolderKind.ACCOUNT, account)


def _found(transaction: Transaction, organization: str, account: str, *, lock: bool = False) -> ResourceAccount:
    found = transaction.accounts.find(organization, account, lock=lock)
    if found is None:
        raise NotFoundError(f"account {account!r} does not exist", fix="list the accounts of the organization")
    return found


def _with_credential(transaction: Transaction, organization: str, account: str) -> tuple[ResourceAccount, SealedSecret]:
    found = _found(transaction, organization, account)
    sealed = transaction.secrets.sealed(place_of(found))
    if sealed is None:
        raise DamagedError(
            "the credential is missing from the store",
            where=str(place_of(found)),
            fix="restore a backup, or delete the account and create it again; find out who can write to the database",
        )
    return found, sealed


def _users(
    transaction: Transaction, organization: str, account: str
) -> tuple[tuple[str, ...], tuple[ActiveResource, ...]]:
    """Return the definitions in use that name the account, and the active resources that were made with it."""
    definitions = transaction.definitions.accounts(organization, account).get(account, ())
    return definitions, transaction.active_resources.of_account(organization, account)


def _known(transaction: Transaction, account: ResourceAccount) -> KnownAccount:
    return KnownAccount(account, any(_users(transaction, account.organization, account.id)))


def _exists(identifier: str) -> ConflictError:
    return ConflictError(f"the account {identifier!r} exists already", fix="choose another id, or change that account")
