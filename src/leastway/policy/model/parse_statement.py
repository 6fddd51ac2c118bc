"""Parsing one statement. `parse` names the sources of the rules."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING

from leastway.policy.model.kind import PolicyKind
from leastway.policy.model.operator import BaseOperator, Operator
from leastway.policy.model.principal import Principal, PrincipalType
from leastway.policy.model.statement import ConditionBlock, Effect, Statement

if TYPE_CHECKING:
    from leastway.policy.model.cursor import Cursor
    from leastway.policy.model.values import Values

__all__ = ["parse_statement"]

_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_SID = re.compile(r"[0-9A-Za-z]*")
_ACTION = re.compile(r"\*|(?:\*|[A-Za-z0-9-]+):\S+")
_ARN_SERVICE = re.compile(r"arn:[^:]*:([^:]*)")


def parse_statement(cursor: Cursor, kind: PolicyKind) -> Statement:
    """Parse the statement at `cursor` of a policy of `kind`. Errors: PolicyError at their place."""
    members = cursor.known_members("a statement", _ELEMENTS)
    if "Effect" not in members:
        raise cursor.error("the statement has no Effect", fix='write "Effect": "Allow" or "Effect": "Deny"')
    effect = Effect(members["Effect"].word("Effect", tuple(item.value for item in Effect)))
    _check_pairs(cursor, members, kind)
    condition = members.get("Condition")
    blocks = _conditions(condition, kind) if condition else ()
    return Statement(
        effect=effect,
        sid=_sid(members["Sid"], kind) if "Sid" in members else None,
        actions=_actions(members["Action"], kind) if "Action" in members else None,
        not_actions=_actions(members["NotAction"], kind) if "NotAction" in members else None,
        resources=_resources(members["Resource"], kind) if "Resource" in members else None,
        not_resources=_resources(members["NotResource"], kind) if "NotResource" in members else None,
        principal=_principal(members["Principal"], kind) if "Principal" in members else None,
        not_principal=_principal(members["NotPrincipal"], kind) if "NotPrincipal" in members else None,
        conditions=blocks,
        empty_condition=condition is not None and not blocks,
    )


def _check_pairs(cursor: Cursor, members: dict[str, Cursor], kind: PolicyKind) -> None:
    for name in ("Action", "Resource", "Principal"):
        negated = f"Not{name}"
        if name in members and negated in members:
            raise members[negated].error(f"a statement can have {name} or {negated}, not both", at_key=True)
    if "Action" not in members and "NotAction" not in members:
        raise cursor.error("the statement has neither Action nor NotAction")
    if "NotAction" in members and kind is PolicyKind.RCP:
        what = "a resource control policy cannot have NotAction"
        members["NotAction"].object_to(what, fix="list the actions with Action", at_key=True)
    resource = members.get("Resource") or members.get("NotResource")
    if resource is None and kind.needs_resource:
        cursor.object_to("the statement has neither Resource nor NotResource", fix='write "Resource": "*" for all')
    if resource is not None and kind is PolicyKind.TRUST:
        what = "a trust policy cannot have a Resource: it applies to its role"
        resource.object_to(what, fix="remove the element", at_key=True)
    principal = members.get("Principal")
    not_principal = members.get("NotPrincipal")
    named = principal or not_principal
    if named is None and kind.has_principal:
        cursor.object_to(f"the statement has no Principal, and a policy of kind {kind} needs one")
    if named is not None and not kind.has_principal:
        what = f"a policy of kind {kind} cannot have a principal: it applies to whatever it is attached to"
        named.object_to(what, fix="remove the element", at_key=True)
    if not_principal is not None and not kind.allows_not_principal:
        what = f"a policy of kind {kind} cannot have NotPrincipal"
        not_principal.object_to(what, fix="name the principals with Principal", at_key=True)


def _sid(cursor: Cursor, kind: PolicyKind) -> str:
    sid = cursor.text("Sid")
    if kind.is_stored_by_iam and not _SID.fullmatch(sid):
        cursor.object_to(f"the Sid {json.dumps(sid)} may contain only letters and digits")
    return sid


def _actions(cursor: Cursor, kind: PolicyKind) -> Values:
    for item in cursor.one_or_many():
        action = item.text("an action")
        if not _ACTION.fullmatch(action):
            fix = 'write it as service:Action, such as s3:GetObject, or "*"'
            item.object_to(f"{json.dumps(action)} is not a valid action", fix=fix)
        elif action.count(":") > 1:
            item.object_to(f"{json.dumps(action)} has more than one colon", fix="write it as service:Action")
        elif action.startswith("*:") and action != "*:*":
            what = f"{json.dumps(action)} has a wildcard in its service"
            item.object_to(what, fix="write one action for each service")
    return _not_empty(cursor, cursor.values("an action"), "an action", kind)


def _resources(cursor: Cursor, kind: PolicyKind) -> Values:
    for item in cursor.one_or_many():
        resource = item.text("a resource")
        if kind is not PolicyKind.RESOURCE and resource != "*":  # in resource policies, services have their own forms
            _check_resource(item, resource)
    return _not_empty(cursor, cursor.values("a resource"), "a resource", kind)


def _check_resource(cursor: Cursor, resource: str) -> None:
    service = _ARN_SERVICE.match(resource)
    if service is None:
        if not (resource.startswith("arn:") and resource.endswith("*")):
            cursor.object_to(f'{json.dumps(resource)} is neither an ARN nor "*"')
        return
    name = service.group(1)
    is_last = service.end() == len(resource)
    if "?" in name or "*" in (name.removesuffix("*") if is_last else name):
        cursor.object_to(f"{json.dumps(resource)} has a wildcard in its service", fix="name the service")


def _not_empty(cursor: Cursor, values: Values, what: str, kind: PolicyKind) -> Values:
    if not values and kind is not PolicyKind.RESOURCE:
        cursor.object_to(f"the list is empty: name {what}")
    return values


def _principal(cursor: Cursor, kind: PolicyKind) -> Principal:
    if cursor.value == "*":
        return Principal(everyone=True)
    if isinstance(cursor.value, str):
        cursor.object_to('a principal must be an object or "*"', fix='write {"AWS": "..."}')
        return Principal(((PrincipalType.AWS, cursor.values("the name of a principal")),))
    entries = []
    for key, member in cursor.known_members("a principal", tuple(item.value for item in PrincipalType)).items():
        names = member.values("the name of a principal")
        for item, name in zip(member.one_or_many(), names, strict=True):
            if name != "*" and ("*" in name or "?" in name):
                what = f"{json.dumps(name)} is not a valid principal: * is only allowed alone, for everyone"
                item.object_to(what, fix="name the principal")
        entries.append((PrincipalType(key), names))
    if not entries and kind.is_stored_by_iam:
        cursor.object_to("the principal is empty: name a principal")
    principal = Principal(tuple(entries))
    if kind is PolicyKind.RCP and [name for _, name in principal.names()] != ["*"]:
        cursor.object_to('the Principal of a resource control policy must be "*"')
    return principal


def _conditions(cursor: Cursor, kind: PolicyKind) -> tuple[ConditionBlock, ...]:
    blocks = []
    for text, block in cursor.members("Condition").items():
        operator = Operator.parse(text)
        if operator is None:
            is_null = text.lower().endswith("nullifexists")
            fix = "use Null, which tests presence itself" if is_null else _closest_operator(text)
            raise block.error(f"{json.dumps(text)} is not a condition operator", fix=fix, at_key=True)
        tests = []
        for key, values in block.members(f"the condition {text}").items():
            if kind.is_stored_by_iam and ":" not in key:
                fix = "write it with its service, such as aws:SourceIp"
                values.object_to(f"{json.dumps(key)} is not a condition key", fix=fix, at_key=True)
            tests.append((key, values.values("the value of a condition", scalars=True)))
        blocks.append(ConditionBlock(operator, tuple(tests)))
    return tuple(blocks)


def _closest_operator(text: str) -> str | None:
    word = text.rpartition(":")[2]
    close = difflib.get_close_matches(word, [base.value for base in BaseOperator], n=1)
    return f"did you mean {close[0]}?" if close else None
