"""Resource definitions: what registering them changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from leastway.humanitec.client import HumanitecApi
from leastway.humanitec.comparing import NotPatchableError, differing_places, live_criteria, secret_places, values_patch
from leastway.humanitec.planned import (
    DEFINITION,
    FIX_OF_ANSWER,
    FIX_OF_SECRET,
    PlatformRequest,
    RegisteredObject,
    Registering,
    ToRegister,
    blocked,
    missing_secrets,
)
from leastway.primitives import Secret
from leastway.registry import Criterion, PlatformSecret, ResourceDefinition

__all__ = ["compare_definitions"]


def compare_definitions(api: HumanitecApi, wanted: ToRegister) -> Iterator[RegisteredObject]:
    """Yield the change of each definition."""
    live = {one.id: _definition_there(api, one.id) for one in wanted.registrations.definitions}
    given_away = set(_given_away(wanted, live))
    for one in wanted.registrations.definitions:
        yield _definition(api, wanted, one, live[one.id], given_away)


def _definition_there(api: HumanitecApi, identifier: str) -> Mapping[str, Any] | None:
    path = api.path("resources", "defs", identifier)
    answer = api.send("GET", path)
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    return api.expect(answer, path, dict, "a resource definition", FIX_OF_ANSWER)


def _given_away(wanted: ToRegister, live: Mapping[str, Mapping[str, Any] | None]) -> Iterator[tuple[str, Criterion]]:
    """Yield the criteria that definitions of the grant have on the platform, and no longer in the grant."""
    for one in wanted.registrations.definitions:
        for criterion in live_criteria((live[one.id] or {}).get("criteria")):
            if criterion not in one.criteria:
                yield one.type, criterion


def _definition(
    api: HumanitecApi,
    wanted: ToRegister,
    definition: ResourceDefinition,
    there: Mapping[str, Any] | None,
    given_away: Collection[tuple[str, Criterion]],
) -> RegisteredObject:
    missing = missing_secrets(definition.secrets, wanted.secrets)
    if there is None:
        if missing:
            return blocked(DEFINITION, definition.id, missing, FIX_OF_SECRET)
        late = any((definition.type, one) in given_away for one in definition.criteria)
        request = PlatformRequest(
            4 if late else 2, "POST", api.path("resources", "defs"), _body(definition, wanted.secrets)
        )
        differences = (f"type {definition.type}, driver {definition.driver}", *_unused(definition))
        return RegisteredObject(
            DEFINITION,
            definition.id,
            Registering.CREATE,
            differences,
            requests=(request,),
            needs=definition.account,
        )
    for member, mine in (("type", definition.type), ("driver_type", definition.driver)):
        if there.get(member) != mine:
            what = f"it exists with the {member} {there.get(member)!s}, and the grant needs {mine}"
            fix = "delete it on the platform once nothing uses it, or give the grant's definition another id"
            return blocked(DEFINITION, definition.id, (what,), fix)
    return _changed(api, wanted, definition, there, given_away)


def _changed(
    api: HumanitecApi,
    wanted: ToRegister,
    definition: ResourceDefinition,
    there: Mapping[str, Any],
    given_away: Collection[tuple[str, Criterion]],
) -> RegisteredObject:
    account = there.get("driver_account") or ""
    inputs = _mapping(there.get("driver_inputs"))
    values = _mapping(inputs.get("values"))
    before, after = live_criteria(there.get("criteria")), set(definition.criteria)
    patch: dict[str, Any] = {} if there.get("name") == definition.name else {"name": definition.name}
    changes = list(patch)
    ours = {one.id for one in wanted.registrations.accounts} | ({""} if not definition.account else set())
    if account != definition.account:
        patch["driver_account"] = definition.account
        changes.append(f"cloud account {account or 'none'} becomes {definition.account or 'none'}")
    try:
        difference = values_patch(values, definition.values)
    except NotPatchableError as error:
        what = f"its value {error} becomes null, which cannot be changed in place"
        fix = "delete it on the platform once nothing uses it, or leave that value out"
        return blocked(DEFINITION, definition.id, (what,), fix)
    sent: dict[str, Any] = {}
    if difference:
        sent["values"] = difference
        changes += [f"values.{place}" for place in differing_places(values, definition.values)]
    there_secrets = set(secret_places(_mapping(inputs.get("secret_refs")))) - {""}
    new = sorted(set(secret_places(definition.secrets)) - there_secrets - {""})
    if new or (wanted.resend and definition.secrets):
        if missing := missing_secrets(definition.secrets, wanted.secrets):
            return blocked(DEFINITION, definition.id, missing, FIX_OF_SECRET)
        sent["secret_refs"] = _references(definition.secrets, wanted.secrets)
        changes.append("secrets (" + ", ".join(new or ["sent again"]) + ")")
    if sent:
        patch["driver_inputs"] = sent
    path = api.path("resources", "defs", definition.id)
    requests = [PlatformRequest(1, "PATCH", path, patch)] if patch else []
    for one in definition.criteria:
        if one not in before:
            order = 4 if (definition.type, one) in given_away else 2
            requests.append(PlatformRequest(order, "POST", f"{path}/criteria", one.render()))
            changes.append(f"criterion {_shown(one)} is added")
    for one, identifier in before.items():
        if one not in after:
            requests.append(
                PlatformRequest(
                    3, "DELETE", api.path("resources", "defs", definition.id, "criteria", identifier) + "?force=false"
                )
            )
            changes.append(f"criterion {_shown(one)} is removed")
    if changes and account not in ours and not wanted.adopt:
        what = (
            f"it exists with the cloud account {account or 'none'}, which is not the grant's: it may belong to others"
        )
        return blocked(DEFINITION, definition.id, (what, *changes), "check it, then run with --adopt")
    if account and not definition.account:
        what = f"it exists with the cloud account {account}, which cannot be taken away in place"
        return blocked(DEFINITION, definition.id, (what,), "delete it on the platform once nothing uses it")
    remarks = ("its secrets cannot be read back",) if definition.secrets and "secret_refs" not in sent else ()
    return RegisteredObject(
        DEFINITION,
        definition.id,
        Registering.CHANGE if changes else Registering.NONE,
        tuple(changes),
        (*remarks, *_unused(definition)),
        requests=tuple(requests),
        needs=definition.account,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _unused(definition: ResourceDefinition) -> tuple[str, ...]:
    return () if definition.criteria else ("it has no criteria, so nothing uses it",)


def _body(definition: ResourceDefinition, secrets: Mapping[str, Secret]) -> dict[str, Any]:
    inputs: dict[str, Any] = {"values": definition.values}
    if definition.secrets:
        inputs["secret_refs"] = _references(definition.secrets, secrets)
    body = {"id": definition.id, "name": definition.name, "type": definition.type, "driver_type": definition.driver}
    account = {"driver_account": definition.account} if definition.account else {}
    return {**body, **account, "driver_inputs": inputs, "criteria": [one.render() for one in definition.criteria]}


def _references(value: Mapping[str, Any], secrets: Mapping[str, Secret]) -> dict[str, Any]:
    return {
        name: {"value": secrets[one.name]} if isinstance(one, PlatformSecret) else _references(one, secrets)
        for name, one in value.items()
    }


def _shown(criterion: Criterion) -> str:
    return ", ".join(f"{name}={value}" for name, value in criterion.render().items()) or "{} (everything)"
