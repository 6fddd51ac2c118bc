"""The accesses that a call needs: its actions, each with the resources and condition keys that the request shows.

1. The actions are those of the operation (`actions`), for S3 also those of its headers, sources and versions (`s3`).
2. A role that is passed needs iam:PassRole on it.
3. Tags on what is created need the service's action for tags (`tagging`).
4. A resource with the account of another than the grant refuses the call.

What AWS does on behalf of the caller (a key of KMS that S3 uses, tags that a copy reads) is not in the request and so
not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.model import OperationModel

from leastway.aws.calls.actions import actions_of
from leastway.aws.calls.call import Access, Call
from leastway.aws.calls.context import context_of
from leastway.aws.calls.hosts import Hosts
from leastway.aws.calls.refusal import RefusalError, RefusalReason
from leastway.aws.calls.resources import ResourcePlace, resources_of
from leastway.aws.calls.s3 import accesses_of_s3
from leastway.aws.calls.tagging import tagging_accesses
from leastway.policy.catalog import load_catalog

__all__ = ["accesses_of"]

_ROLE: Final = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/.+").fullmatch
_PASSES: Final = frozenset({"role", "noderole", "servicerole", "iamrole", "executionrole", "jobflowrole", "roles"})
_PASSES_NONE: Final = frozenset({"iam", "sts", "iam-toolbox", "rolesanywhere-sessions", "kms", "sso-admin"})
_VERBS: Final = {"delete": "Delete", "insert": "Insert", "select": "Select", "update": "Update"}
_READS: Final = ("List", "Read")
_ACCOUNT: Final = re.compile(r"arn:([^:]*):[^:]*:[^:]*:([0-9]{12}):").match


def accesses_of(call: Call, model: OperationModel, hosts: Hosts) -> tuple[Access, ...]:
    """Return the accesses of a call; none if no action is known. Errors: RefusalError for another's resource."""
    found = accesses_of_s3(call, hosts) if call.service == "s3" else tuple(_by_model(call, model, hosts))
    if not found:
        return ()
    found = (*found, *_passed_roles(call, found))
    found = (*found, *tagging_accesses(call, found, hosts.partition.value, hosts.account))
    for access in found:
        _check_account(access, call, hosts)
    _check_owner(call, hosts)
    return found


def _by_model(call: Call, model: OperationModel, hosts: Hosts) -> Iterator[Access]:
    place = ResourcePlace(hosts.partition, call.region, hosts.account)
    for full_name in _actions(call, model):
        context = context_of(full_name, call, model)
        for resource, is_pattern in resources_of(full_name, call, place):
            yield Access(full_name, resource, is_pattern, context)


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


def _passed_roles(call: Call, accesses: tuple[Access, ...]) -> Iterator[Access]:
    """Yield iam:PassRole for each role that the call hands to a service.

    Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
    """
    catalog = load_catalog()
    action = catalog.find_action(accesses[0].action)
    if call.service in _PASSES_NONE or (action is not None and action.access_level in _READS):
        return
    for arn in dict.fromkeys(_roles(call.parameters, "")):
        yield Access("iam:PassRole", arn)
    if call.service == "ec2" and call.parameters.get("IamInstanceProfile"):
        yield Access("iam:PassRole", None)


def _roles(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _roles(each, key)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _roles(each, name)
    elif isinstance(value, str) and _ROLE(value):
        plain = name.lower()
        if plain in _PASSES or plain.endswith(("rolearn", "rolearns")):
            yield value


_OWNERS: Final = frozenset(
    {
        ("ecr", "registryId"),
        ("glue", "CatalogId"),
        ("lakeformation", "CatalogId"),
        ("s3control", "AccountId"),
        ("sqs", "QueueOwnerAWSAccountId"),
    }
)
"""Inputs that name the account of the resource, by service."""


def _check_owner(call: Call, hosts: Hosts) -> None:
    for name, value in call.parameters.items():
        if (call.service, name) in _OWNERS and value != hosts.account:
            what = f"{name} of {call.name} is another account than the grant's"
            raise RefusalError(RefusalReason.ACCOUNT, what, call.service, call.operation)


def _check_account(access: Access, call: Call, hosts: Hosts) -> None:
    owner = _ACCOUNT(access.resource) if access.resource is not None and call.service != "sts" else None
    if owner is not None and (owner[1], owner[2]) != (hosts.partition.value, hosts.account):
        what = f"{access.action} is on a resource of another account or partition than the grant's"
        raise RefusalError(RefusalReason.ACCOUNT, what, call.service, call.operation)
