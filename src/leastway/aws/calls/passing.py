"""The roles that a call hands to a service: each needs iam:PassRole.

Rules:
1. The ARN of a role is passed in an input whose name, or whose map's name, has `role` in it, and in those of `_OTHERS`.
   Keys of maps are names that the caller made up (variables, attributes of an item), but in the services of `_KEYED`.
2. The name of a role is passed in the inputs of `_BY_NAME`. Its path is not in the request, so the access is a pattern.
3. An instance profile passes a role that is not in the request. EC2 demands that when it starts instances, and not for
   a launch template.
   AddRoleToInstanceProfile is the one call of IAM that passes a role, by its name.
4. Calls that only read pass no role, but in the services of `_READ_WITH_ROLES`.

A test goes over the inputs of botocore that are documented as roles, and fails on one that no rule finds.

Sources: IAM User Guide, "Grant a user permissions to pass a role to an AWS service"; API References of the services.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, Final

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from leastway.aws.calls.call import Access, Call
from leastway.policy.catalog import load_catalog

__all__ = ["passed_roles", "texts_of"]

_ROLE: Final = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/.+").fullmatch
_OTHERS: Final[Mapping[str, frozenset[str]]] = {
    "apigateway": frozenset({"authorizercredentials", "credentials", "value"}),
    "apigatewayv2": frozenset({"authorizercredentialsarn", "credentialsarn"}),
    "cognito-idp": frozenset({"callerarn", "snscallerarn"}),
    "dms": frozenset({"keycachesecretiamarn"}),
    "ec2": frozenset({"deliverlogspermissionarn"}),
    "elasticbeanstalk": frozenset({"value"}),
    "pinpoint-sms-voice": frozenset({"deliverystreamarn"}),
    "sms-voice": frozenset({"deliverystreamarn"}),
    "sns": frozenset({"attributevalue"}),
    "ssm": frozenset({"settingvalue"}),
}
"""Inputs that take the ARN of a role under another name, in lower case: by patches, settings and attributes as well."""
_KEYED: Final = frozenset({"codepipeline", "sns", "ssm"})
"""Services whose maps have keys that the service knows: attributes, parameters of an automation."""
_BY_NAME: Final[Mapping[str, frozenset[str]]] = {
    "codebuild": frozenset({"servicerole", "serviceroleoverride"}),
    "docdb": frozenset({"domainiamrolename"}),
    "ecs": frozenset({"executionrolearn", "role", "taskrolearn"}),
    "emr": frozenset({"autoscalingrole", "servicerole"}),
    "glue": frozenset({"role"}),
    "imagebuilder": frozenset({"executionrole"}),
    "neptune": frozenset({"domainiamrolename"}),
    "rds": frozenset({"domainiamrolename", "iamrolearn"}),
    "resiliencehub": frozenset({"invokerrolename"}),
    "resiliencehubv2": frozenset({"invokerrolename", "rolename"}),
    "ssm": frozenset({"iamrole"}),
}
"""Inputs that take the name of a role as well, in lower case, anywhere in the inputs of a service."""
_PASSES_NONE: Final = frozenset(
    {"iam", "sts", "iam-toolbox", "rolesanywhere-sessions", "kms", "securityhub", "sso-admin"}
)
_PROFILES: Final[Mapping[str, frozenset[str]]] = {
    "batch": frozenset({"instancerole"}),
    "emr": frozenset({"jobflowrole"}),
}
"""Inputs with an instance profile whose names do not say so, in lower case."""
_NO_PROFILES: Final = frozenset({"devicefarm", "dms"})
"""Services whose instance profiles are something else."""
_TEMPLATES: Final = frozenset({"CreateLaunchTemplate", "CreateLaunchTemplateVersion"})
_NAME: Final = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII).fullmatch
_READS: Final = ("List", "Read")
_READ_WITH_ROLES: Final = frozenset({"cloudcontrol", "kinesisanalytics", "kinesisanalyticsv2", "sagemaker"})


def passed_roles(
    call: Call, model: OperationModel, accesses: Sequence[Access], partition: str, account: str
) -> Iterator[Access]:
    """Yield iam:PassRole for each role that the call hands to a service."""
    action = load_catalog().find_action(accesses[0].action)
    is_read = action is not None and action.access_level in _READS and call.service not in _READ_WITH_ROLES
    if call.service == "iam" and call.operation == "AddRoleToInstanceProfile":
        name = call.parameters.get("RoleName")
        yield _by_name(name if isinstance(name, str) else "", f"arn:{partition}:iam::{account}:role/*")
    if call.service in _PASSES_NONE or is_read:
        return
    members = _members(call.service, model)
    by_name = _BY_NAME.get(call.service, frozenset()) & members
    if by_name or any(":role/" in each for each in texts_of(call.parameters)):
        yield from _roles(call, model, by_name, f"arn:{partition}:iam::{account}:role/*")
    profiles = {name for name in members if "instanceprofile" in name} | _PROFILES.get(call.service, frozenset())
    is_template = call.operation in _TEMPLATES or call.service in _NO_PROFILES
    if not is_template and not profiles.isdisjoint(members) and _has(call.parameters, profiles):
        yield Access("iam:PassRole", None)


def texts_of(value: Any) -> Iterator[str]:
    """Yield each text of the inputs."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from texts_of(each)


def _roles(call: Call, model: OperationModel, by_name: Set[str], prefix: str) -> Iterator[Access]:
    others = _OTHERS.get(call.service, frozenset())
    names: dict[str, None] = {}
    arns: dict[str, None] = {}
    for given, text in _named(call.parameters, model.input_shape, "", is_keyed=call.service in _KEYED):
        name = given.lower()
        if _ROLE(text) and ("role" in name or name in others):
            arns[text] = None
        elif name in by_name and text and not text.startswith("arn:"):
            names[text] = None
    yield from (Access("iam:PassRole", arn) for arn in arns)
    yield from (_by_name(each, prefix) for each in names)


def _by_name(name: str, prefix: str) -> Access:
    is_name = _NAME(name) is not None
    return Access("iam:PassRole", f"{prefix}{name}" if is_name else None, is_pattern=is_name)


def _named(value: Any, shape: Shape | None, name: str, *, is_keyed: bool) -> Iterator[tuple[str, str]]:
    """Yield each text of the inputs with the name of its input; what the model does not know is named by its key."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list | tuple):
        member = shape.member if isinstance(shape, ListShape) else None
        for each in value:
            yield from _named(each, member, name, is_keyed=is_keyed)
    elif isinstance(value, Mapping) and isinstance(shape, MapShape):
        for key, each in value.items():
            yield from _named(each, shape.value, f"{name}.{key}" if is_keyed else name, is_keyed=is_keyed)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _named(each, _member(shape, key), key, is_keyed=is_keyed)


def _member(shape: Shape | None, key: str) -> Shape | None:
    """Return the member of a structure by its name, or by its name on the wire."""
    if not isinstance(shape, StructureShape):
        return None
    found = shape.members.get(key)
    if found is None:
        on_wire = (each for each in shape.members.values() if each.serialization.get("name") == key)
        found = next(on_wire, None)
    return found


def _has(value: Any, names: Set[str]) -> bool:
    """Whether one of the inputs with these names is given, at any level. A structure of empty texts gives nothing."""
    if isinstance(value, Mapping):
        return any((key.lower() in names and _is_given(each)) or _has(each, names) for key, each in value.items())
    return isinstance(value, list | tuple) and any(_has(each, names) for each in value)


def _is_given(value: Any) -> bool:
    if isinstance(value, Mapping | list | tuple):
        return any(map(_is_given, value.values() if isinstance(value, Mapping) else value))
    return bool(value)


_found: dict[tuple[str, str], frozenset[str]] = {}


def _members(service: str, model: OperationModel) -> frozenset[str]:
    """Return the names of all inputs of an operation, in lower case, at any level."""
    key = (service, model.name)
    if key not in _found:
        names: set[str] = set()
        _collect(model.input_shape, names, set())
        _found[key] = frozenset(names)
    return _found[key]


def _collect(shape: Shape | None, names: set[str], seen: set[str]) -> None:
    if shape is None or shape.name in seen:
        return
    seen.add(shape.name)
    if isinstance(shape, StructureShape):
        for name, each in shape.members.items():
            names.add(name.lower())
            _collect(each, names, seen)
    elif isinstance(shape, ListShape):
        _collect(shape.member, names, seen)
    elif isinstance(shape, MapShape):
        _collect(shape.value, names, seen)
