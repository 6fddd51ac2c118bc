"""Comparison of RBAC rules by what they allow, independent of how they are written.

Rules can only allow, and each rule is the product of its lists. Therefore a set of rules covers another set if one of
its rules covers each single permission of the other. `*` stands for everything in its list, `*/scale` for that
subresource of every resource, and an empty list of resource names for all names.
Source: Kubernetes, "Using RBAC Authorization"; its `VerbMatches`, `ResourceMatches` and `NonResourceURLMatches`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from leastway.rbac.rule import RbacRule

__all__ = ["covers", "may_allow", "same_rules"]


def covers(wide: Iterable[RbacRule], narrow: Iterable[RbacRule]) -> bool:
    """Return whether the rules `wide` allow everything that the rules `narrow` allow."""
    rules = tuple(wide)
    return all(any(_allows(rule, one) for rule in rules) for each in narrow for one in _single(each))


def may_allow(rules: Iterable[RbacRule] | None, namespaces: Sequence[str], wanted: RbacRule, namespace: str) -> bool:
    """Return whether access may allow `wanted` in a namespace, or in the whole cluster if `namespace` is empty.

    The access holds in namespaces that match one of the patterns `namespaces`, or in the whole cluster without any.
    `rules` is None for an EKS access policy: what that allows is not looked up.
    """
    if namespaces and not (namespace and any(fnmatchcase(namespace, pattern) for pattern in namespaces)):
        return False
    return rules is None or covers(rules, [wanted])


def same_rules(left: Iterable[RbacRule], right: Iterable[RbacRule]) -> bool:
    """Return whether two sets of rules allow exactly the same."""
    ours, theirs = tuple(left), tuple(right)
    return covers(ours, theirs) and covers(theirs, ours)


def _single(rule: RbacRule) -> Iterator[RbacRule]:
    """Yield the rule as rules with one permission each."""
    names = rule.resource_names or (None,)
    for group, resource, verb, name in itertools.product(rule.api_groups, rule.resources, rule.verbs, names):
        yield RbacRule((group,), (resource,), (verb,), () if name is None else (name,))
    for url, verb in itertools.product(rule.non_resource_urls, rule.verbs):
        yield RbacRule((), (), (verb,), (), (url,))


def _allows(rule: RbacRule, one: RbacRule) -> bool:
    """Return whether `rule` allows `one`, which has a single permission."""
    if not _within(one.verbs, rule.verbs):
        return False
    if one.non_resource_urls:
        return any(_url_matches(pattern, one.non_resource_urls[0]) for pattern in rule.non_resource_urls)
    return (
        _within(one.api_groups, rule.api_groups)
        and (_within(one.resources, rule.resources) or _subresource(one.resources[0]) in rule.resources)
        and (not rule.resource_names or (bool(one.resource_names) and one.resource_names[0] in rule.resource_names))
    )


def _within(one: tuple[str, ...], many: tuple[str, ...]) -> bool:
    return "*" in many or one[0] in many


def _subresource(resource: str) -> str:
    return f"*/{resource.partition('/')[2]}" if "/" in resource else resource


def _url_matches(pattern: str, url: str) -> bool:
    return pattern == url or (pattern.endswith("*") and url.startswith(pattern.rstrip("*")))
