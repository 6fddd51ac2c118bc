"""Hints about what is easily overlooked when an element does not match: one function each, tried in order.

Sources: Service Authorization Reference (resource types and condition keys of actions); IAM User Guide, "AWS global
condition context keys" (`aws:SourceIp`), "IAM identifiers" (paths, short ARNs), "Condition operators" (case).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.policy.explain.explanation import Element, Failure
from leastway.policy.model import complete_arn, is_short_arn
from leastway.policy.wildcards import Globs, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastway.policy.catalog import Catalog
    from leastway.policy.evaluate import Request

__all__ = ["SOURCE_IP_IS_ABSENT", "hint_for"]

SOURCE_IP_IS_ABSENT = (
    "a request through a VPC endpoint has no aws:SourceIp; aws:VpcSourceIp and aws:SourceVpce tell where it comes from"
)

_TAG_KEY = re.compile(r"[^/]*:resourcetag/", re.IGNORECASE)
_PATH = re.compile(r"(arn:[^:]*:iam::[^:]*:(?:role|user|policy)/)(.+/)([^/]+)", re.DOTALL)


def hint_for(failure: Failure, request: Request, catalog: Catalog | None) -> str | None:
    """Return the first hint that applies, or None. Some hints need a catalog and are skipped without one."""
    for hint in _HINTS:
        found = hint(failure, request, catalog)
        if found:
            return found
    return None


def _works_on_no_resource(failure: Failure, request: Request, catalog: Catalog | None) -> str | None:
    action = catalog.find_action(request.action) if catalog else None
    if not catalog or not action or catalog.has_resource_level(action):
        return None
    if failure.element is Element.RESOURCE and not failure.excluded:
        return f"AWS documents no resource for {action.full_name}: only Resource * is certain to match it"
    if failure.key and _TAG_KEY.match(failure.key) and catalog.is_on_no_resource(action, request.resource):
        return (
            f"{action.full_name} is not about a single resource, so its requests never have {failure.key} and this "
            "condition never matches; allow the action in a separate statement, on Resource *"
        )
    return None


def _tags_of_the_resource_itself(failure: Failure, request: Request, catalog: Catalog | None) -> str | None:
    if not (failure.key and _TAG_KEY.match(failure.key)) or failure.excluded or _differ_in_case(failure):
        return None
    action = catalog.find_action(request.action) if catalog else None
    kind = catalog.resource_type_of(action, request.resource) if catalog and action else None
    name = kind.name if kind else "resource"
    return f"{request.action} is decided by the tags of the {name} itself; tags of its parent resource do not count"


def _source_ip(failure: Failure, _request: Request, _catalog: Catalog | None) -> str | None:
    is_absent = failure.key and failure.key.lower() == "aws:sourceip" and not failure.found
    return SOURCE_IP_IS_ABSENT if is_absent else None


def _only_case_differs(failure: Failure, request: Request, _catalog: Catalog | None) -> str | None:
    if failure.excluded or failure.element is Element.ACTION:
        return None
    if _differ_in_case(failure) or (failure.element is Element.RESOURCE and _matches_ignoring_case(failure, request)):
        return "only the case differs, and this comparison is case-sensitive"
    return None


def _path_before_the_name(failure: Failure, request: Request, _catalog: Catalog | None) -> str | None:
    found = _PATH.fullmatch(request.resource) if failure.element is Element.RESOURCE else None
    if not found or failure.excluded:
        return None
    without_path = found[1] + found[3]
    if any(_matches(pattern, without_path) for pattern in failure.wanted):
        return f"the ARN has the path /{found[2]} before the name {found[3]}, and the pattern does not include it"
    return None


def _several_values(failure: Failure, request: Request, _catalog: Catalog | None) -> str | None:
    value = request.context.get(failure.key.lower()) if failure.key else None
    if isinstance(value, tuple) and len(value) > 1 and ":" not in (failure.operator or ""):
        return f"{failure.key} has several values: compare it with ForAnyValue: or ForAllValues:"
    return None


def _short_arn(failure: Failure, request: Request, _catalog: Catalog | None) -> str | None:
    """Explain a short ARN that would match if completed, in a kind of policy for which AWS does not document that."""
    if failure.element is not Element.RESOURCE or failure.excluded:
        return None
    short = next((text for text in failure.wanted if is_short_arn(text)), None)
    if short is None or not _matches(complete_arn(short), request.resource):
        return None
    return f"AWS documents only for identity policies that {short} means {complete_arn(short)}: write all six fields"


_HINTS: tuple[Callable[[Failure, Request, Catalog | None], str | None], ...] = (
    _works_on_no_resource,
    _short_arn,
    _source_ip,
    _several_values,
    _only_case_differs,
    _path_before_the_name,
    _tags_of_the_resource_itself,
)


def _differ_in_case(failure: Failure) -> bool:
    wanted = {text.lower() for text in failure.wanted}
    return any(text.lower() in wanted for text in failure.found)


def _matches_ignoring_case(failure: Failure, request: Request) -> bool:
    return any(_matches(text.lower(), request.resource.lower()) for text in failure.wanted)


def _matches(pattern: str, resource: str) -> bool:
    """Whether a resource pattern of a policy, without variables, matches."""
    return Globs.compile([tokens_of(pattern)], segmented=True).matcher()(resource)
