"""The proof of a grant: what was compiled, or what is installed, gives the platform what the grant states and no more.

In each account, for the platform's principal and for every role that it can assume:

1. Its permissions lie within the contract, which is derived from the grant independently (`leastway.proof.contract`).
2. A user's boundary keeps it within the grant, whatever policies are attached; a role admits only the right principal.
3. It cannot widen its own access.
4. Each need of the grant has an allowed request: neither grant nor contract is vacuous.

What could not be read is unknown, never proved. Nothing is called, and nothing is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from leastway.estate import (
    Address,
    EstateObject,
    ExternalIds,
    Kind,
    OtherAccess,
    Place,
    Unreadable,
    User,
    Watch,
    named_by,
)
from leastway.grant import Grant
from leastway.policy import PolicySet
from leastway.policy.catalog import load_catalog
from leastway.ports import Observation
from leastway.proof.claims import Claims, Proof
from leastway.proof.contract import Contract, Tokens, contract_of, tokens_of
from leastway.proof.examples import Examples
from leastway.proof.holdings import Holding, holdings
from leastway.proof.watches import watch_of

__all__ = ["Standing", "prove"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is judged: the objects, and what could not be read. `live`: they were observed, not compiled.

    `other_access` is what was observed next to them: the texts of managed policies, groups, and roles of others.
    """

    objects: tuple[EstateObject, ...]
    unreadable: tuple[Unreadable, ...] = ()
    live: bool = False
    other_access: OtherAccess = field(default_factory=OtherAccess)

    @classmethod
    def installed(cls, seen: Observation) -> Standing:
        """Return what was observed to be installed."""
        objects = tuple(one.object for one in seen.objects.values())
        return cls(objects, seen.unreadable, live=True, other_access=seen.other_access)


def prove(
    grant: Grant, external_ids: ExternalIds, found: Standing, *, on_account: Callable[[str], None] = lambda _: None
) -> tuple[Proof, ...]:
    """Prove all claims about `found`, account by account; `on_account` is called with the id of each finished one.

    `external_ids` are those that each role should accept.
    """
    catalog = load_catalog()
    by_place: dict[Place, list[EstateObject]] = defaultdict(list)
    for one in found.objects:
        by_place[one.address.place].append(one)
    proofs: list[Proof] = []
    examples = Examples()
    for account in grant.accounts:
        contract = contract_of(grant, account, external_ids)
        claims = Claims(account.id, catalog, examples)
        proofs.extend(_account(contract, by_place[Place(account.id)], found, claims))
        proofs.extend(_others(found.other_access, watch_of(grant, account), claims, tokens_of(grant)))
        on_account(account.id)
    return tuple(proofs)


def _account(contract: Contract, here: Iterable[EstateObject], found: Standing, claims: Claims) -> Iterator[Proof]:
    """Yield the proofs about one account; `here` are the objects of IAM that were found in it."""
    held = {one.object.address: one for one in holdings(here, live=found.live, other_access=found.other_access)}
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
    """Return the users and roles that the grant requires, with their ARNs."""
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


def _others(other_access: OtherAccess, watch: Watch, claims: Claims, tokens: Tokens | None) -> Iterator[Proof]:
    """Yield the proofs about roles that the grant does not name, but whose trust policies may admit its principals."""
    for role in other_access.trusting_roles:
        if role.place.account == claims.account:
            yield claims.stays_out(role, tuple(named_by(role.trust, watch)), tokens)


def _left_over(held: Holding, claims: Claims) -> Iterator[Proof]:
    """Yield the proofs about an object with the grant's mark that is not in the grant: it gives no access."""
    if isinstance(held.object, User):
        yield claims.rights(held, PolicySet())
    else:
        yield claims.trust(held, None)


def _why_unread(address: Address, unreadable: Iterable[Unreadable]) -> str:
    return next((problem.reason for problem in unreadable if problem.where in (address, address.place)), "")
