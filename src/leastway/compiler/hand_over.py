"""The hand-over: each role and user that the platform uses, its external id, and what to register for it. Pure.

A role for Terraform that no definition names is used by the customer's own modules; it is handed over all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from leastway.compiler.compile import principal_arn, role_arn
from leastway.compiler.external_ids import Settled
from leastway.compiler.registrations import registrations_of
from leastway.errors import InvalidInputError
from leastway.estate import Address, Kind, Place, RoleIds, RoleKey, role_address
from leastway.grant import Account, Grant, Identity

__all__ = ["Registration", "Usable", "usable_principals"]

_PLATFORM = "humanitec"
"""The only platform whose registrations leastway knows."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The cloud account of the platform that uses a principal, and the resource definitions that use the account."""

    id: str
    type: str
    definitions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usable:
    """A role that the platform assumes, or a user whose key it holds.

    `external_ids` is None for a user, for a role whose ids are not decided yet, and for one that is assumed with
    tokens, which has `subjects`. `clusters` are those that it reaches; a role without clusters is for Terraform.
    `definitions` are the resource definitions that the grant names
    for the role. `registration` is None if the platform has none for it, or another platform is registered differently.
    """

    address: Address
    arn: str
    external_ids: RoleIds | None
    clusters: tuple[Place, ...] = ()
    definitions: tuple[str, ...] = ()
    registration: Registration | None = None
    subjects: tuple[str, ...] = ()


def usable_principals(grant: Grant, settled: Settled) -> tuple[Usable, ...]:
    """Return the roles and users that the platform uses, account by account, the one for the clusters first."""
    registered = _registered(grant, settled)
    return tuple(
        replace(one, registration=registered.get(one.arn))
        for account in grant.accounts
        for one in _account(grant, account, settled)
    )


def _account(grant: Grant, account: Account, settled: Settled) -> Iterator[Usable]:
    clusters = tuple(Place(account.id, cluster.region, cluster.name) for cluster in account.clusters)
    principal = principal_arn(grant, account)
    if grant.identity is Identity.IAM_USER:
        yield Usable(Address(Place(account.id), Kind.USER, principal.name), str(principal), None, clusters)
    elif clusters:
        key = (str(account.id), principal.name)
        yield Usable(role_address(key), str(principal), _decided(settled, key), clusters, subjects=grant.subjects)
    for role in account.roles:
        key = (str(account.id), role.name)
        definitions = tuple(one.id for one in role.definitions)
        yield Usable(
            role_address(key),
            role_arn(role, account),
            _decided(settled, key),
            definitions=definitions,
            subjects=grant.subjects,
        )


def _decided(settled: Settled, key: RoleKey) -> RoleIds | None:
    state = settled.states.get(key)
    return None if state is None or state.is_guess else state.ids


def _registered(grant: Grant, settled: Settled) -> dict[str, Registration]:
    """Return the registration of each principal by its ARN; none if the grant cannot be registered as a whole."""
    if grant.platform.name != _PLATFORM:
        return {}
    try:
        found = registrations_of(grant, settled.ids)
    except InvalidInputError:  # `leastway export humanitec` says what is wrong
        return {}
    users = [str(principal_arn(grant, account)) for account in grant.accounts]
    arns = (
        users if grant.identity is Identity.IAM_USER else [str(one.credentials["aws_role"]) for one in found.accounts]
    )
    using: dict[str, list[str]] = {}
    for definition in found.definitions:
        using.setdefault(definition.account, []).append(definition.id)
    return {
        arn: Registration(one.id, one.type, tuple(using.get(one.id, ())))
        for arn, one in zip(arns, found.accounts, strict=True)
    }
