"""Proving a grant: that what was compiled, or what is installed, gives the platform what the grant means and no more.

For each account, of the platform's principal and of every role that it can take:

1. Its rights lie within the contract, which is read from the grant anew (`leastway.proof.contract`).
2. A user's boundary holds whatever is ever attached to it; a role lets in only whom it should.
3. Nothing lets it widen its own access.
4. Each need of the grant has a request that is allowed: neither grant nor contract is empty talk.

What could not be read is unknown, never proved. Nothing is called, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from leastway.estate import Address, Beside, EstateObject, ExternalIds, Kind, Place, Unreadable, User, Watch, named_by
from leastway.grant import Grant
from leastway.policy import PolicySet
from leastway.policy.catalog import load_catalog
from leastway.ports import Observation
from leastway.proof.claims import Claims, Proof
from leastway.proof.contract import Contract, contract_of
from leastway.proof.holdings import Holding, holdings
from leastway.proof.watches import watch_of

__all__ = ["Standing", "prove"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is to be judged: the objects, and what could not be read. `live`: they were found, not compiled.

    `beside` is what was seen beside them: the texts of managed policies, groups, and roles of others.
    """

    objects: tuple[EstateObject, ...]
    unreadable: tuple[Unreadable, ...] = ()
    live: bool = False
    beside: Beside = field(default_factory=Beside)

    @classmethod
    def installed(cls, seen: Observation) -> Standing:
        """Return what was seen to be installed."""
        return cls(tuple(one.object for one in seen.objects.values()), seen.unreadable, live=True, beside=seen.beside)


def prove(
    grant: Grant, external_ids: ExternalIds, found: Standing, *, on_account: Callable[[str], None] = lambda _: None
) -> tuple[Proof, ...]:
    """Prove all claims about `found`, account by account; `on_account` is told the id of each when it is done.

    `external_ids` are those that each role is meant to accept.
    """
    catalog = load_catalog()
    proofs: list[Proof] = []
    for account in grant.accounts:
        contract = contract_of(grant, account, external_ids)
        claims = Claims(account.id, catalog)
        proofs.extend(_account(contract, found, claims))
        proofs.extend(_others(found.beside, watch_of(grant, account), claims))
        on_account(account.id)
    return tuple(proofs)


def _account(contract: Contract, found: Standing, claims: Claims) -> Iterator[Proof]:
    here = (one for one in found.objects if one.address.place == Place(contract.account))
    held = {one.object.address: one for one in holdings(here, live=found.live, beside=found.beside)}
    wanted = _wanted(contract)
    for address, arn in wanted.items():
        if address in held:
            yield from _of(held[address], contract, claims)
        elif reason := _why_unread(address, found.unreadable):
            yield claims.not_read(arn, f"{address.kind.value} {address.name}", reason)
        else:
            yield claims.absent(arn, f"{address.kind.value} {address.name}")
    for address in sorted(held.keys() - wanted.keys(), key=lambda one: one.order):
        yield from _left_over(held[address], claims)


def _wanted(contract: Contract) -> dict[Address, str]:
    """Return the users and roles that the grant asks for, with their ARNs."""
    place = Place(contract.account)
    found: dict[Address, str] = {}
    if contract.principal and ":user/" in contract.principal:
        found[Address(place, Kind.USER, contract.principal.rpartition("/")[2])] = contract.principal
    return found | {Address(place, Kind.ROLE, name): role.arn for name, role in contract.roles.items()}


def _of(held: Holding, contract: Contract, claims: Claims) -> Iterator[Proof]:
    if isinstance(held.object, User):
        yield claims.rights(held, contract.bound)
        yield claims.boundary(held, contract.bound)
        yield claims.widening(held, [role.arn for role in contract.roles.values()])
        yield claims.needs(held, contract.needs)
        return
    role = contract.roles[held.object.name].reading(held.attached)
    yield claims.rights(held, role.bound, role.unread)
    yield claims.trust(held, role)
    yield claims.widening(held, ())
    yield claims.needs(held, role.needs, role)


def _others(beside: Beside, watch: Watch, claims: Claims) -> Iterator[Proof]:
    """Yield the proofs about roles that the grant does not name and that name somebody of it, or the platform."""
    for role in beside.trusting:
        if role.place.account == claims.account:
            yield claims.stays_out(role, tuple(named_by(role.trust, watch)))


def _left_over(held: Holding, claims: Claims) -> Iterator[Proof]:
    """Yield the proofs about what carries the grant's mark and is not in the grant: it gives nobody anything."""
    if isinstance(held.object, User):
        yield claims.rights(held, PolicySet())
    else:
        yield claims.trust(held, None)


def _why_unread(address: Address, unreadable: Iterable[Unreadable]) -> str:
    return next((problem.reason for problem in unreadable if problem.where in (address, address.place)), "")
