"""Completing a request that a person wrote to the request that AWS would decide.

- Keys that follow from the caller and the resource are added: who the caller is, which account owns the resource.
- Whether a key has several values is decided by its type in the catalog, not by how it was written.
- An action for which the documentation names no resource is requested on `*`, or on all resources of a type
  (`arn:PARTITION:eks:REGION:ACCOUNT:cluster/*`), whichever resource is given.
- Keys that a request cannot have according to the documentation are removed (`Catalog.carries`): the tags of a
  resource, if the action is not about a single resource.

Sources: IAM User Guide, "AWS global condition context keys" (keys that are always present) and "Single-valued vs.
multivalued context keys"; Service Authorization Reference, "Actions, resources, and condition keys for AWS services".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.catalog import Carries, Catalog, find_global_key, means_all
from leastway.policy.evaluate import Caller, CallerKind, ContextValue, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["realistic_request"]

_PRINCIPAL_TYPES = {
    CallerKind.ROLE: CallerKind.SESSION.value,
    CallerKind.SERVICE: None,
    CallerKind.IDENTITY_PROVIDER: None,
}


def realistic_request(
    caller: Caller | str,
    action: str,
    resource: str = "*",
    *,
    resource_account: str | None = None,
    context: Mapping[str, ContextValue] | None = None,
    catalog: Catalog,
) -> Request:
    """Return the request that AWS would decide; values in `context` override those that would be added.

    Errors: PolicyError for a caller or an action that no request can have.
    """
    who = Caller.parse(caller) if isinstance(caller, str) else caller
    known = catalog.find_action(action)
    given = {key.lower(): _typed(key, value, catalog) for key, value in (context or {}).items()}
    if known is not None and not catalog.has_resource_level(known):
        resource = resource if means_all(resource) else "*"
        given = {
            key: value
            for key, value in given.items()
            if catalog.carries(known, key, on_no_resource=True) is not Carries.NEVER
        }
    plain = Request(who, action, resource, resource_account=resource_account)
    owner = {"aws:resourceaccount": plain.resource_account} if resource != "*" and plain.resource_account else {}
    sent = {**_of_caller(who), **_via_service(given), **owner, **given}
    return Request(who, action, resource, resource_account=resource_account, context=sent)


def _typed(key: str, value: ContextValue, catalog: Catalog) -> ContextValue:
    """Return the value as a single value or a tuple, by its key's type; unknown keys keep the written form."""
    found = find_global_key(key)
    is_multivalued = found.multivalued if found else catalog.is_multivalued(key)
    if is_multivalued and isinstance(value, str):
        return (value,)
    if is_multivalued is False and not isinstance(value, str) and len(value) == 1:
        return value[0]
    return value


def _of_caller(caller: Caller) -> dict[str, ContextValue]:
    keys: dict[str, ContextValue] = {}
    principal_type = _PRINCIPAL_TYPES.get(caller.kind, caller.kind.value)
    if principal_type:
        keys["aws:principaltype"] = principal_type
    if caller.account:
        keys["aws:principalaccount"] = caller.account
        session = caller.kind is CallerKind.SESSION and caller.entity_arn
        keys["aws:principalarn"] = session or caller.arn
    if caller.kind is CallerKind.USER:
        keys["aws:username"] = caller.arn.rpartition("/")[2]
    if caller.kind is CallerKind.SERVICE:
        keys["aws:principalservicename"] = caller.arn
    if caller.kind is CallerKind.ANONYMOUS:
        keys["aws:principalaccount"] = "anonymous"
    else:
        keys["aws:principalisawsservice"] = "true" if caller.kind is CallerKind.SERVICE else "false"
    return keys


def _via_service(context: Mapping[str, ContextValue]) -> dict[str, ContextValue]:
    return {"aws:viaawsservice": "true" if context.get("aws:calledvia") else "false"}
