"""The accesses that a call needs: its actions, each with the resources and condition keys that the request shows.

1. The actions are those of the operation (`actions`), for S3 also those of its headers, sources and versions (`s3`).
2. A role that is passed needs iam:PassRole on it (`passing`).
3. Objects, secrets, functions and instances of other services that the request names count as well (`dependent`).
4. Tags on what is created need the service's action for tags (`tagging`).
5. A resource of another account than the grant's refuses the call, also if it stands deep in the inputs.

6. An input that the operation does not have is read for 2 and 5 alone: AWS ignores it, or is newer than the model.

What AWS does on behalf of the caller (a key of KMS that S3 uses, tags that a copy reads) is not in the request and so
not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from botocore.model import MapShape, OperationModel, Shape

from leastway.aws.calls.actions import actions_of
from leastway.aws.calls.call import Access, Call
from leastway.aws.calls.context import context_of
from leastway.aws.calls.dependent import dependent_accesses
from leastway.aws.calls.hosts import Hosts
from leastway.aws.calls.passing import passed_roles, texts_of
from leastway.aws.calls.places import ResourcePlace
from leastway.aws.calls.refusal import RefusalError, RefusalReason
from leastway.aws.calls.resources import is_of, resources_of
from leastway.aws.calls.s3 import accesses_of_s3
from leastway.aws.calls.tagging import tagging_accesses
from leastway.policy.catalog import load_catalog

__all__ = ["accesses_of"]

_VERBS: Final = {"delete": "Delete", "insert": "Insert", "select": "Select", "update": "Update"}
_ACCOUNT: Final = re.compile(r"arn:([^:]*):[^:]*:[^:]*:([0-9]{12}):").match


def accesses_of(call: Call, model: OperationModel, hosts: Hosts) -> tuple[Access, ...]:
    """Return the accesses of a call; none if no action is known. Errors: RefusalError for another's resource."""
    found = accesses_of_s3(call, hosts) if call.service == "s3" else tuple(_by_model(call, model, hosts))
    if not found:
        return ()
    _check_arns(call, found, hosts)
    found = (*found, *dependent_accesses(call, hosts))
    found = (*found, *passed_roles(call, model, found, hosts.partition, hosts.account))
    found = (*found, *tagging_accesses(call, found, hosts.partition, hosts.account))
    for access in found:
        _check_account(access, call, hosts)
    _check_owner(call, model, hosts)
    return found


def _by_model(call: Call, model: OperationModel, hosts: Hosts) -> Iterator[Access]:
    place = ResourcePlace(hosts.partition, call.region, hosts.account)
    known = _with_known_inputs(call, model)
    for full_name in _actions(known, model):
        context = context_of(full_name, call, model)
        for resource, is_pattern in resources_of(full_name, known, place):
            yield Access(full_name, resource, is_pattern, context)


def _with_known_inputs(call: Call, model: OperationModel) -> Call:
    """Return a call without the inputs that its operation does not have: AWS looks for no resource in them."""
    members = model.input_shape.members if model.input_shape is not None else {}
    if call.parameters.keys() <= members.keys():
        return call
    return replace(call, parameters={name: value for name, value in call.parameters.items() if name in members})


def _actions(call: Call, model: OperationModel) -> tuple[str, ...]:
    found = actions_of(call.service, call.operation, model.http.get("method", "POST"))
    if call.service == "dynamodb" and call.operation == "TransactWriteItems":
        names = {name for item in _objects(call.parameters, "TransactItems") for name in item}
        actions = {"ConditionCheck": "ConditionCheckItem", "Delete": "DeleteItem", "Put": "PutItem"}
        return tuple(f"dynamodb:{actions.get(name, 'UpdateItem')}" for name in sorted(names))
    if found and found[0].startswith("dynamodb:PartiQL"):
        verbs = {_VERBS.get(_verb(each)) for each in _statements(call.parameters)}
        return tuple(sorted(f"dynamodb:PartiQL{each}" for each in verbs)) if verbs and None not in verbs else found
    return found


def _statements(parameters: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the PartiQL statements of a call: one, or a list of them."""
    yield from (parameters[name] for name in ("Statement",) if name in parameters)
    for name in ("Statements", "TransactStatements"):
        yield from (each.get("Statement") for each in _objects(parameters, name))


def _objects(parameters: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects of an input that should be a list of them; AWS refuses anything else."""
    found = parameters.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _verb(statement: Any) -> str:
    words = statement.split(None, 1) if isinstance(statement, str) else []
    return words[0].lower() if words else ""


_OWNERS: Final = frozenset(
    {
        ("apigatewayv2", "ResourceOwnerAccountId"),
        ("backup", "BackupVaultAccountId"),
        ("cloudtrail", "EventDataStoreOwnerAccountId"),
        ("dynamodb", "S3BucketOwner"),
        ("ecr", "registryId"),
        ("glue", "CatalogID"),
        ("glue", "CatalogId"),
        ("lakeformation", "CatalogId"),
        ("redshift", "OwnerAccount"),
        ("s3control", "AccountId"),
        ("s3control", "BucketAccountId"),
        ("sqs", "QueueOwnerAWSAccountId"),
    }
)
"""Inputs that name the account of the resource, by service."""
_OWNERS_BELOW: Final[Mapping[str, frozenset[str]]] = {
    "dynamodb": frozenset({"S3BucketOwner"}),
    "glue": frozenset({"CatalogId", "catalogId"}),
    "lakeformation": frozenset({"CatalogId", "TableCatalogId"}),
    "s3control": frozenset({"BucketAccountId"}),
}
"""Members of structures that name the account of a resource, by service. A catalog in an account is ACCOUNT:NAME."""
_LINKS: Final = frozenset({"TargetDatabase", "TargetTable"})
"""Below the inputs, what a link in the grant's own catalog leads to: it opens nothing there."""


_NAMING: Final = re.compile(r".*(?:arn|name|identifier|id)s?", re.IGNORECASE).fullmatch
_OF_OTHERS: Final = frozenset({("backup", "DestinationBackupVaultArn")})
"""Inputs that may well be of another account, where AWS asks the policy of that resource."""


def _check_owner(call: Call, model: OperationModel, hosts: Hosts) -> None:
    below = _OWNERS_BELOW.get(call.service)
    shapes = model.input_shape.members if below and model.input_shape is not None else {}
    for name, value in call.parameters.items():
        foreign = [name] if (call.service, name) in _OWNERS and value != hosts.account else []
        if below:
            members = _members(value, shapes.get(name))
            foreign += [one for one, text in members if one in below and _is_of_another(text, hosts)]
        if foreign:
            what = f"{foreign[0]} of {call.name} is another account than the grant's"
            raise RefusalError(RefusalReason.ACCOUNT, what, call.service, call.operation)


def _is_of_another(owner: Any, hosts: Hosts) -> bool:
    return owner is not None and str(owner).partition(":")[0] != hosts.account


def _members(value: Any, shape: Shape | None) -> Iterator[tuple[str, Any]]:
    """Yield the members of structures in an input, by name; the keys of a map are the caller's own words."""
    if isinstance(value, list):
        for each in value:
            yield from _members(each, getattr(shape, "member", None))
    elif isinstance(value, Mapping) and isinstance(shape, MapShape):
        for each in value.values():
            yield from _members(each, shape.value)
    elif isinstance(value, Mapping):
        known = getattr(shape, "members", {})
        for name, each in value.items():
            if name not in _LINKS:
                yield name, each
                yield from _members(each, known.get(name))


def _check_arns(call: Call, accesses: tuple[Access, ...], hosts: Hosts) -> None:
    """Refuse an ARN of another account, anywhere in the inputs, of a type that the call's actions are on.

    A transaction names its tables, and PutEvents its buses, below the first level; KMS takes aliases for keys. An input
    of the first level that names something may be of any type of the service: PutRule is on a rule, and names its bus.
    """
    foreign = [each for each in texts_of(call.parameters) if _is_foreign(each, hosts)]
    if not foreign or call.service == "sts":
        return
    catalog = load_catalog()
    actions = [found for each in accesses if (found := catalog.find_action(each.action)) is not None]
    globs = {one.arn_glob for each in actions for one in catalog.resource_types(each)}
    if call.service == "kms":
        globs.add("arn:*:kms:*:*:alias/*")
    own = {one.arn_glob for each in actions for one in catalog.resource_types_of(each.service)}
    scopes = {
        text
        for name, value in call.parameters.items()
        if _NAMING(name) and (call.service, name) not in _OF_OTHERS
        for text in texts_of(value)
    }
    is_foreign = any(is_of(arn, glob) for arn in foreign for glob in (own if arn in scopes else globs))
    if is_foreign:
        what = f"{call.name} is on a resource of another account or partition than the grant's"
        raise RefusalError(RefusalReason.ACCOUNT, what, call.service, call.operation)


def _is_foreign(text: str, hosts: Hosts) -> bool:
    owner = _ACCOUNT(text) if text.startswith("arn:") else None
    return owner is not None and (owner[1], owner[2]) != (hosts.partition, hosts.account)


def _check_account(access: Access, call: Call, hosts: Hosts) -> None:
    if access.resource is not None and call.service != "sts" and _is_foreign(access.resource, hosts):
        what = f"{access.action} is on a resource of another account or partition than the grant's"
        raise RefusalError(RefusalReason.ACCOUNT, what, call.service, call.operation)
