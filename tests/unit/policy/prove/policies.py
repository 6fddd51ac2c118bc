"""Short constructors for policies in test cases."""

from typing import Any

from leastway.policy import Document, PolicyKind, parse_policy
from leastway.policy.evaluate import PolicySet

Json = dict[str, Any]
VERSION, OLD_VERSION = "2012-10-17", "2008-10-17"


def allow(action: Any, resource: Any = "*", condition: Json | None = None, **elements: Any) -> Json:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **elements}
    return _clean(statement | ({"Condition": condition} if condition else {}))


def deny(action: Any, resource: Any = "*", condition: Json | None = None, **elements: Any) -> Json:
    return {**allow(action, resource, condition, **elements), "Effect": "Deny"}


def trust(principal: Any, condition: Json | None = None, action: Any = "sts:AssumeRole") -> Json:
    return allow(action, None, condition, Principal=principal)


def _clean(statement: Json) -> Json:
    return {key: value for key, value in statement.items() if value is not None}


def document(*statements: Json, kind: PolicyKind = PolicyKind.IDENTITY, version: str = VERSION) -> Document:
    return parse_policy({"Version": version, "Statement": list(statements)}, kind=kind)


def identity(*statements: Json, version: str = VERSION) -> PolicySet:
    return PolicySet(identity=(document(*statements, version=version),))


def trusting(*statements: Json) -> PolicySet:
    return PolicySet(resource=document(*statements, kind=PolicyKind.TRUST))
