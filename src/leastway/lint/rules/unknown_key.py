"""An unknown condition key, usually a typing mistake.

No request has such a key: a condition that requires it never matches, a negated one always does. Sources: IAM User
Guide, "AWS global condition context keys"; Service Authorization Reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import did_you_mean, is_opaque, quoted
from leastway.policy.catalog import GLOBAL_KEYS, find_global_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_LEGACY = frozenset({"aws:sourceowner", "aws:principaltype", "aws:principalorgmasteraccountid"})
# Key prefixes that differ from the name of their service: federation, AWS Marketplace, IAM Identity Center.
_ELSEWHERE = ("saml", "cognito-identity", "catalog", "identitycenter")
_NEED_A_TAG = ("aws:resourcetag", "aws:requesttag", "aws:principaltag")


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        for condition in found.conditions():
            if not _is_known(condition.key.lower(), knowledge):
                message = f"no request has {quoted(condition.key)}: the key is not in {knowledge.catalog_name}"
                yield Violation(condition.path, message, _fix(condition.key, knowledge))


def _is_known(key: str, knowledge: Knowledge) -> bool:
    prefix, colon, name = key.partition(":")
    if find_global_key(key) or key in _LEGACY or is_opaque(key):
        return "/" not in key or not key.endswith("/")
    is_provider = "." in prefix or prefix in _ELSEWHERE or "/" in prefix
    if colon and name and is_provider:
        return True
    return bool(colon) and knowledge.key(key) is not None


def _fix(key: str, knowledge: Knowledge) -> str:
    if key.lower() in _NEED_A_TAG:
        return f"add the tag's key: {key}/NAME"
    service = key.partition(":")[0].lower()
    if ":" not in key:
        return "write the key with its service, such as aws:SourceIp"
    if service != "aws" and service not in knowledge.catalog.services():
        close = did_you_mean(service, knowledge.catalog.services())
        return f"did you mean the service {close}?" if close else "check the service prefix"
    known = (
        {knowledge_key.name for knowledge_key in GLOBAL_KEYS.values()}
        if service == "aws"
        else _keys(service, knowledge)
    )
    close = did_you_mean(key, known)
    return f"did you mean {close}?" if close else "check the key in the Service Authorization Reference"


def _keys(service: str, knowledge: Knowledge) -> set[str]:
    return {key for action in knowledge.catalog.actions(service) for key in knowledge.catalog.condition_keys(action)}


RULE = Rule("unknown-key", Severity.WARNING, "a condition key that no request has", _check)
