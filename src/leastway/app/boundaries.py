"""What permissions boundaries leave of the grant: organizations demand them on every role, and they only take away.

A boundary that leaves each need of the grant is a remark. One that denies what a role is for keeps the plan from being
clean, since the platform is refused though all is installed as it was meant; and so does one that could not be read.
Nothing is done to it: who put it there may demand it.
Source: IAM User Guide, "Permissions boundaries for IAM entities".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leastway.app.claims import Claims
from leastway.app.holdings import Holding, holdings
from leastway.compiler import RoleContract, contract_of
from leastway.estate import Estate, ExternalIds, Place, Role, Sighting, Way, Weight
from leastway.grant import Account, Grant
from leastway.policy.catalog import load_catalog
from leastway.policy.prove import Proved, Refuted, Unknown
from leastway.ports import Observation

__all__ = ["boundary_sightings"]

_FIX = "let it allow what the grant is for, or let whoever demands it exempt the role"


def boundary_sightings(
    grant: Grant, external_ids: ExternalIds, estate: Estate, seen: Observation
) -> Iterator[Sighting]:
    """Yield what is to be said of the boundary of each role of the grant that has one."""
    for account in grant.accounts:
        bounded = [role for role in estate if isinstance(role, Role) and role.account == account.id]
        roles = [found for role in bounded if (found := _within(role, seen)) is not None]
        if roles:
            yield from _account(grant, account, external_ids, roles, seen)


def _within(wanted: Role, seen: Observation) -> Role | None:
    """Return a role as it is wanted, within the boundary that it has; None where it has none."""
    observed = seen.objects.get(wanted.address)
    live = observed.object if observed is not None else None
    if not isinstance(live, Role) or not live.boundary or wanted.boundary:
        return None
    return replace(wanted, boundary=live.boundary)


def _account(
    grant: Grant, account: Account, external_ids: ExternalIds, roles: list[Role], seen: Observation
) -> Iterator[Sighting]:
    contract = contract_of(grant, account, external_ids)
    claims = Claims(account.id, load_catalog())
    for held in holdings(roles, live=True, beside=seen.beside):
        meant = contract.roles[held.object.name].reading(held.attached)
        weight, text = _judged(claims, held, meant, seen)
        fix = "" if weight is Weight.REMARK else _FIX
        yield Sighting(Place(account.id), Way.BOUNDARY, held.name, text, weight, fix)


def _judged(claims: Claims, held: Holding, meant: RoleContract, seen: Observation) -> tuple[Weight, str]:
    boundary = held.object.boundary
    if held.unread_boundary:
        why = seen.beside.unread.get(boundary, "it was not read")
        return Weight.UNKNOWN, f"what its permissions boundary {boundary} leaves is not known: {why}"
    proof = claims.needs(held, meant.needs, meant)
    match proof.verdict:
        case Proved():
            return (
                Weight.REMARK,
                f"it is within the permissions boundary {boundary}, which leaves what the grant is for",
            )
        case Refuted():
            more = f", and {len(proof.unmet) - 1} more of {len(meant.needs)}" if len(proof.unmet) > 1 else ""
            text = f"its permissions boundary {boundary} denies what the grant is for: {proof.unmet[0]}{more}"
            return Weight.DIFFERS, text
        case Unknown(_, reason):
            return Weight.UNKNOWN, f"what its permissions boundary {boundary} leaves is not known: {reason}"
