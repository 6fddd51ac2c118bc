"""Other access that takes a proof to judge: permissions boundaries, and roles of others.

- **Boundaries**: organizations demand them on every role, and they only remove access. One that allows each need of
  the grant is a remark. One that denies a need keeps the plan from being clean, since the platform is refused although
  everything is installed as desired; so does one that could not be read. It is never changed: its owner may demand it.
  Source: IAM User Guide, "Permissions boundaries for IAM entities".
- **Roles of others**, which the grant does not name and which admit the platform or a principal of the grant. A role
  that another grant created belongs to that grant, if the store has a record of it: a mark alone proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from leastway.estate import (
    Address,
    Estate,
    ExternalIds,
    Kind,
    OtherAccess,
    Place,
    Role,
    Sighting,
    TrustingRole,
    Way,
    Weight,
    named_by,
)
from leastway.grant import Account, Grant
from leastway.policy.catalog import load_catalog
from leastway.policy.prove import Proved, Refuted, Unknown
from leastway.ports import Observation
from leastway.proof.claims import Claims
from leastway.proof.contract import RoleContract, contract_of, tokens_of
from leastway.proof.holdings import Holding, holdings
from leastway.proof.watches import watch_of

__all__ = ["of_no_other_grant", "sightings"]

_FIX_OF_BOUNDARY = "let it allow what the grant needs, or ask its owner to exempt the role"
_FIX_OF_TRUST = "remove the principal from the role's trust policy, or add the role to the grant"


def of_no_other_grant(other_access: OtherAccess, made: Callable[[str], Mapping[Address, str]]) -> OtherAccess:
    """Return `other_access` without roles that another grant created.

    `made` returns the unique ids of a grant's objects by address (`Store`).
    """

    def is_another_grants(role: TrustingRole) -> bool:
        if not role.claimed_by or not role.unique_id:
            return False
        return made(role.claimed_by).get(Address(role.place, Kind.ROLE, role.name)) == role.unique_id

    kept = tuple(role for role in other_access.trusting_roles if not is_another_grants(role))
    return replace(other_access, trusting_roles=kept)


def sightings(grant: Grant, external_ids: ExternalIds, estate: Estate, seen: Observation) -> Iterator[Sighting]:
    """Yield sightings of boundaries on the grant's roles, and of roles of others that admit one of its principals."""
    yield from _boundaries(grant, external_ids, estate, seen)
    yield from _trusts(grant, seen.other_access)


def _boundaries(grant: Grant, external_ids: ExternalIds, estate: Estate, seen: Observation) -> Iterator[Sighting]:
    bounded: dict[str, list[Role]] = defaultdict(list)
    for role in estate:
        if isinstance(role, Role) and (found := _within(role, seen)) is not None:
            bounded[role.account].append(found)
    for account in grant.accounts:
        if roles := bounded.get(account.id):
            yield from _account(grant, account, external_ids, roles, seen)


def _within(wanted: Role, seen: Observation) -> Role | None:
    """Return the desired role with its installed boundary; None where it has none, or will get another."""
    observed = seen.objects.get(wanted.address)
    live = observed.object if observed is not None else None
    if not isinstance(live, Role) or not live.boundary or wanted.boundary not in ("", live.boundary):
        return None
    return replace(wanted, boundary=live.boundary)


def _account(
    grant: Grant, account: Account, external_ids: ExternalIds, roles: list[Role], seen: Observation
) -> Iterator[Sighting]:
    contract = contract_of(grant, account, external_ids)
    claims = Claims(account.id, load_catalog())
    for held in holdings(roles, live=True, other_access=seen.other_access):
        meant = contract.roles[held.object.name].reading(held.attached)
        weight, text = _judged(claims, held, meant, seen)
        fix = "" if weight is Weight.REMARK else _FIX_OF_BOUNDARY
        yield Sighting(Place(account.id), Way.BOUNDARY, held.name, text, weight, fix)


def _judged(claims: Claims, held: Holding, meant: RoleContract, seen: Observation) -> tuple[Weight, str]:
    boundary = held.object.boundary
    if held.unread_boundary:
        why = seen.other_access.unread.get(boundary, "it was not read")
        return Weight.UNKNOWN, f"what its permissions boundary {boundary} allows is unknown: {why}"
    proof = claims.needs(held, meant.needs, meant)
    match proof.verdict:
        case Proved():
            return (
                Weight.REMARK,
                f"its permissions boundary {boundary} allows everything that the grant needs",
            )
        case Refuted():
            more = f", and {len(proof.unmet) - 1} more of {len(meant.needs)}" if len(proof.unmet) > 1 else ""
            text = f"its permissions boundary {boundary} denies what the grant needs: {proof.unmet[0]}{more}"
            return Weight.DIFFERS, text
        case Unknown(_, reason):
            return Weight.UNKNOWN, f"what its permissions boundary {boundary} allows is unknown: {reason}"


def _trusts(grant: Grant, other_access: OtherAccess) -> Iterator[Sighting]:
    if not other_access.trusting_roles:
        return
    catalog = load_catalog()
    watched = {str(account.id): watch_of(grant, account) for account in grant.accounts}
    for role in other_access.trusting_roles:
        claims = Claims(role.place.account, catalog)
        proof = claims.stays_out(role, tuple(named_by(role.trust, watched[role.place.account])), tokens_of(grant))
        match proof.verdict:
            case Refuted():
                text = f"the grant does not name it, and {proof.detail}"
                yield Sighting(role.place, Way.TRUST, f"role {role.name}", text, fix=_FIX_OF_TRUST)
            case Unknown(_, reason):
                text = f"the grant does not name it, and whom it admits is unknown: {reason}"
                yield Sighting(role.place, Way.TRUST, f"role {role.name}", text, Weight.UNKNOWN, _FIX_OF_TRUST)
            case Proved():
                pass
