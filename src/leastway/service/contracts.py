"""Contracts of an organization's grants: what its sessions may do at most, as its own engineers say.

A contract is stored as the canonical bytes of what was read, so that reading it back gives what decides. It is refused
for an AWS account that belongs to another organization.
"""

from __future__ import annotations

from leastway.errors import InvalidInputError
from leastway.proof import ContractDocument, parse_contract
from leastway.service.caller import Caller, NotFoundError
from leastway.service.server import Server
from leastway.store import AccountClaim, StoredContract, Transaction
from leastway.tenants import Permission

__all__ = ["put_contract", "read_contract", "read_contracts", "read_versions"]


def put_contract(
    server: Server, caller: Caller, organization: str, grant: str, account: str, written: object
) -> StoredContract:
    """Store a contract, and return the version in force; equal content makes no new version.

    Errors: InvalidInputError whose `where` is the member; ConflictError if another request stores one at the same time.
    """
    caller.need(Permission.OPERATE, organization)
    document = parse_contract(written)
    _check_place(document, grant, account)
    content, digest = document.content, document.digest
    with server.store.writing() as transaction:
        if not transaction.claims.are_free(organization, [AccountClaim.of_account(account)]):
            raise InvalidInputError("it is not available", where="account", fix="use one of your own AWS accounts")
        before = transaction.contracts.current(organization, grant, account)
        if before is not None and before.digest == digest:
            return before
        version = 1 if before is None else before.version + 1
        stored = StoredContract(organization, grant, account, version, digest, transaction.now, caller.user.id)
        transaction.contracts.add(stored, content)
        entry = caller.entry(
            transaction.now,
            "contract.stored",
            f"{grant}/{account}",
            status=200,
            version=version,
            digest=digest,
            digest_before="" if before is None else before.digest,
            roles=tuple(sorted(role.arn for role in document.contract.roles.values())),
            clusters=len(document.clusters),
        )
        transaction.audit.append(entry)
        return stored


def read_contracts(
    server: Server, caller: Caller, organization: str, account: str | None = None
) -> tuple[StoredContract, ...]:
    """Return the version in force of each contract of the organization, or of those for one AWS account."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return transaction.contracts.all_current(organization, account)


def read_versions(
    server: Server, caller: Caller, organization: str, grant: str, account: str
) -> tuple[StoredContract, ...]:
    """Return the versions of a contract that are kept, the newest first. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        found = transaction.contracts.versions(organization, grant, account)
    if not found:
        raise _not_found(grant, account)
    return found


def read_contract(
    server: Server, caller: Caller, organization: str, grant: str, account: str, digest: str | None = None
) -> tuple[StoredContract, bytes]:
    """Return the version in force, or the one with `digest`, and its canonical bytes. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        found = _find(transaction, organization, grant, account, digest)
        if found is None:
            raise _not_found(grant, account)
        return found, transaction.contracts.content(found)


def _find(
    transaction: Transaction, organization: str, grant: str, account: str, digest: str | None
) -> StoredContract | None:
    if digest is None:
        return transaction.contracts.current(organization, grant, account)
    return transaction.contracts.version(organization, grant, account, digest)


def _check_place(document: ContractDocument, grant: str, account: str) -> None:
    if document.grant != grant or len(grant) > 63:
        raise InvalidInputError("it is not the grant of the path", where="grant", fix="write the same name in both")
    if document.contract.account != account:
        raise InvalidInputError("it is not the account of the path", where="account", fix="write the same id in both")


def _not_found(grant: str, account: str) -> NotFoundError:
    return NotFoundError(
        f"contract {grant!r} of account {account!r} does not exist", fix="list the contracts of the organization"
    )
