"""The resources of services whose requests name them otherwise than by the templates of the catalog.

A function returns None where the templates are right. What is claimed exactly must be what AWS authorizes on: see
`resources`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from leastway.aws.calls.call import Call
from leastway.aws.calls.places import MOST_RESOURCES, Found, ResourcePlace, has_wildcard
from leastway.aws.calls.refusal import RefusalError, RefusalReason
from leastway.policy.catalog import load_catalog

__all__ = ["special_of"]

_QUEUE_URL: Final = re.compile(r"https?://[^/?#@\s]+/([0-9]{12})/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)").fullmatch


def _of_sqs(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """The queue of a QueueUrl, whose path is ACCOUNT/NAME. Errors: RefusalError for another form, which hides both."""
    url = call.parameters.get("QueueUrl")
    if url is None:
        return None
    found = _QUEUE_URL(url) if isinstance(url, str) else None
    if found is None:
        what = "the QueueUrl is not https://HOST/ACCOUNT/NAME, as SQS returns it"
        raise RefusalError(RefusalReason.BODY, what, call.service, call.operation)
    return [(f"arn:{place.partition}:sqs:{place.region}:{found[1]}:{found[2]}", False)]


_FUNCTION: Final = re.compile(
    r"(?:(?:[a-z]{2}(?:-[a-z]+)+-[0-9]:)?([0-9]{12}):)?(?:function:)?([A-Za-z0-9-_]+)(:(?:\$LATEST|[A-Za-z0-9-_]+))?"
).fullmatch
"""Source: AWS Lambda API Reference, the pattern of FunctionName without what makes it an ARN."""


def _of_lambda(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """A function by name, partial ARN or ARN, with or without a qualifier; the function of a mapping is not asked."""
    name = call.parameters.get("FunctionName")
    if not isinstance(name, str) or has_wildcard(name) or full_name.endswith(("EventSourceMapping", "SourceMappings")):
        return None
    partial, qualifier = _FUNCTION(name), call.parameters.get("Qualifier")
    if name.startswith("arn:"):
        arn = name
    elif partial is not None:
        arn = f"arn:{place.partition}:lambda:{place.region}:{partial[1] or place.account}:function:{partial[2]}"
        qualifier = qualifier or partial[3]
    else:
        return [(None, False)]
    return [(f"{arn}*", True)] if qualifier else [(arn, False)]


def _of_iam(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """Users, roles, groups, policies and instance profiles: the ARN has the path, which a name does not tell.

    A user or group that is renamed or moved is two resources. Source: IAM API Reference, UpdateUser, UpdateGroup.
    """
    inputs = call.parameters
    for kind in ("Role", "User", "Group", "InstanceProfile", "Policy"):
        name = inputs.get(f"{kind}Name")
        type_name = "instance-profile" if kind == "InstanceProfile" else kind.lower()
        action = load_catalog().find_action(full_name)
        types = {each.name for each in action.resources} if action else set()
        if not isinstance(name, str) or type_name not in types or has_wildcard(name):
            continue
        arn = f"arn:{place.partition}:iam::{place.account}:{type_name}"
        if full_name.partition(":")[2] == f"Create{kind}":
            return [(f"{arn}{inputs.get('Path') or '/'}{name}", False)]
        found: list[Found] = [(f"{arn}/*{name}", True)]
        if full_name.partition(":")[2] == f"Update{kind}":
            found += _renamed(arn, name, inputs.get(f"New{kind}Name"), inputs.get("NewPath"))
        return found
    return None


def _renamed(arn: str, name: str, new_name: Any, new_path: Any) -> list[Found]:
    if not new_name and not new_path:
        return []
    if any(isinstance(each, str) and has_wildcard(each) for each in (new_name, new_path)):
        return [(None, False)]
    return [(f"{arn}{new_path}{new_name or name}", False) if new_path else (f"{arn}/*{new_name}", True)]


def _of_cloudformation(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """The stack of a change set that is named by its ARN is not in the request: the ARN stands for StackName."""
    name = call.parameters.get("ChangeSetName")
    return [(None, False)] if isinstance(name, str) and name.startswith("arn:") else None


def _of_kms(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """A key by its id or ARN. An alias hides the key, which is of the same account; work on an alias is on both.

    Source: AWS Key Management Service Developer Guide, "Aliases", "Controlling access to aliases".
    """
    if full_name.endswith("Alias"):
        return _of_alias(full_name, call.parameters, place)
    key = call.parameters.get("KeyId")
    if full_name.endswith(("ReEncryptFrom", "ReEncryptTo")):
        return [(None, False)]
    return [_key(key, place)] if isinstance(key, str) and not has_wildcard(key) else None


def _of_alias(full_name: str, inputs: Mapping[str, Any], place: ResourcePlace) -> list[Found]:
    name, key = inputs.get("AliasName"), inputs.get("TargetKeyId")
    found: list[Found] = [(None, False)]
    if isinstance(name, str) and name.startswith("alias/") and not has_wildcard(name):
        found = [(place.fill("arn:${Partition}:kms:${Region}:${Account}:") + name, False)]
    if full_name != "kms:CreateAlias":
        found.append(_key("", place))  # the key that it stands for before
    if isinstance(key, str):
        found.append(_key(key, place))
    return list(dict.fromkeys(found))


def _key(key: str, place: ResourcePlace) -> Found:
    if re.fullmatch(r"arn:[^:]*:kms:[^:]*:[0-9]{12}:key/.+", key) and not has_wildcard(key):
        return key, False
    is_id = re.fullmatch(r"(?:mrk-)?[0-9a-f-]{32,36}", key) is not None
    return place.fill("arn:${Partition}:kms:${Region}:${Account}:key/") + (key if is_id else "*"), not is_id


def _of_secrets(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """A secret by name: its ARN ends in six random characters."""
    name = call.parameters.get("SecretId") or call.parameters.get("Name")
    if not isinstance(name, str) or has_wildcard(name):
        return None
    if name.startswith("arn:"):
        return [(f"{name}*", True)]  # an ARN without its last six characters is accepted too
    return [(f"arn:{place.partition}:secretsmanager:{place.region}:{place.account}:secret:{name}-??????", True)]


def _of_sns(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """A subscription: its topic by the documentation, or maybe itself; its ARN is that of the topic and more."""
    arn = call.parameters.get("SubscriptionArn")
    if not isinstance(arn, str) or not arn.startswith("arn:") or arn.count(":") != 6 or has_wildcard(arn):
        return None
    return [(f"{arn.rpartition(':')[0]}*", True)]


def _of_ssm(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """What tags are of: an id that says nothing without the type beside it. An ARN is read as elsewhere."""
    kind, name = call.parameters.get("ResourceType"), call.parameters.get("ResourceId")
    if "Tag" not in call.operation or not isinstance(name, str) or name.startswith("arn:"):
        return None
    tagged = _TAGGED_IN_SSM.get(kind) if isinstance(kind, str) else None
    if tagged is None or has_wildcard(name):
        return [(None, False)]
    return [(place.fill("arn:${Partition}:ssm:${Region}:${Account}:") + f"{tagged}/{name.lstrip('/')}", False)]


_TAGGED_IN_SSM: Final[Mapping[str, str]] = {
    "Association": "association",
    "Automation": "automation-execution",
    "Document": "document",
    "MaintenanceWindow": "maintenancewindow",
    "ManagedInstance": "managed-instance",
    "OpsItem": "opsitem",
    "Parameter": "parameter",
    "PatchBaseline": "patchbaseline",
}
"""Source: AWS Systems Manager API Reference, AddTagsToResource, ResourceType and ResourceId."""


def _of_logs(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """Log groups, by names or ARNs; AWS writes their ARN with a log stream, or `:*`, behind it."""
    action = load_catalog().find_action(full_name)
    types = {each.name for each in action.resources} if action is not None else set()
    inputs = call.parameters
    if "logGroupName" not in inputs and types.isdisjoint({"log-group", "log-stream"}):
        return None
    given = [inputs.get(name) for name in ("logGroupName", "logGroupIdentifier")]
    lists = [inputs.get(name) for name in ("logGroupNames", "logGroupIdentifiers")]
    given += [each for one in lists if isinstance(one, list) for each in one]
    names = [each for each in given if isinstance(each, str)]
    if not names or len(names) > MOST_RESOURCES or any(map(has_wildcard, names)):
        return None
    prefix = f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group:"
    return [(f"{each if each.startswith('arn:') else prefix + each}*", True) for each in dict.fromkeys(names)]


def _of_apigateway(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """The path of the request is the resource."""
    path = call.request.path.removeprefix("/v2")
    if "%" in path:
        return [(None, False)]
    return [(f"arn:{place.partition}:apigateway:{place.region}::{path}", False)]


def _of_role(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    role = call.parameters.get("RoleArn")
    return [(role, False)] if isinstance(role, str) and not has_wildcard(role) else None


def _of_statements(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """The tables of a PartiQL statement are not read."""
    return [(None, False)]


def _of_batch(full_name: str, call: Call, place: ResourcePlace) -> list[Found] | None:
    """The tables of a batch are the keys of its requests."""
    tables = call.parameters.get("RequestItems")
    if not isinstance(tables, dict) or not tables or any(map(has_wildcard, tables)):
        return None
    here = f"arn:{place.partition}:dynamodb:{place.region}:{place.account}:table/"
    return [(name if name.startswith("arn:") else f"{here}{name}", False) for name in tables]


Special = Callable[[str, Call, ResourcePlace], "list[Found] | None"]
_BY_ACTION: Final[Mapping[str, Special]] = {
    "sts:AssumeRole": _of_role,
    "dynamodb:BatchGetItem": _of_batch,
    "dynamodb:BatchWriteItem": _of_batch,
    "dynamodb:PartiQLDelete": _of_statements,
    "dynamodb:PartiQLInsert": _of_statements,
    "dynamodb:PartiQLSelect": _of_statements,
    "dynamodb:PartiQLUpdate": _of_statements,
}
_BY_SERVICE: Final[Mapping[str, Special]] = {
    "apigateway": _of_apigateway,
    "apigatewayv2": _of_apigateway,
    "cloudformation": _of_cloudformation,
    "iam": _of_iam,
    "kms": _of_kms,
    "lambda": _of_lambda,
    "logs": _of_logs,
    "secretsmanager": _of_secrets,
    "sns": _of_sns,
    "sqs": _of_sqs,
    "ssm": _of_ssm,
}


def special_of(full_name: str, service: str) -> Special | None:
    """Return the function that finds the resources of an action in a call of a service, if it has one."""
    return _BY_ACTION.get(full_name) or _BY_SERVICE.get(service)
