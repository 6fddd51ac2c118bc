"""Matching the resource of a request with the resources of a statement.

A pattern is an ARN of six segments whose wildcards do not cross segments, except a final `*`; anything else (some
services have their own forms) is matched as a whole. Matching is case-sensitive. Variables work only after the fifth
colon; one that cannot be resolved makes its pattern match nothing, and the NotResource that contains it not apply.
`model.short_arn` defines the meaning of an ARN with fewer than six fields. Source: IAM User Guide, "IAM JSON policy
elements: Resource", "... NotResource", "... Variables and tags".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from leastway.policy.evaluate.filled import Filled
from leastway.policy.evaluate.request import Request
from leastway.policy.model import complete_arn
from leastway.policy.variables import Template, Variable, parse_template
from leastway.policy.wildcards import Globs, with_segments

__all__ = ["RequestTest", "compile_resources", "resource_template", "resource_templates"]

RequestTest = Callable[[Request], bool]


def compile_resources(
    resources: Iterable[str] | None, not_resources: Iterable[str] | None, *, variables: bool, completes: bool
) -> RequestTest | None:
    """Return the test of a statement's resources; None if it matches every request.

    `completes`: whether the missing fields of an ARN with fewer than six fields are `*`.
    """
    if resources is not None:
        return _any_of(resource_templates(resources, variables=variables, completes=completes))
    if not_resources is not None:
        return _none_of(resource_templates(not_resources, variables=variables, completes=completes))
    return None


def resource_templates(texts: Iterable[str], *, variables: bool, completes: bool) -> list[Template]:
    """Read the resources of an element; `completes` is as for `compile_resources`."""
    meant = (complete_arn(text, variables=variables) for text in texts) if completes else texts
    return [resource_template(text, variables=variables) for text in meant]


def resource_template(text: str, *, variables: bool) -> Template:
    """Read a resource of a policy; variables before the fifth colon are never resolved."""
    template = parse_template(text, variables=variables, wildcards=True)
    if not template.narrow:
        return template
    parts = with_segments(template.parts)
    return Template(tuple(Variable("") if narrow and isinstance(part, Variable) else part for part, narrow in parts))


def _any_of(templates: list[Template]) -> RequestTest | None:
    fixed = Globs.compile([template.fill() for template in templates if not template.variables], segmented=True)
    filled = [Filled(template, segmented=True) for template in templates if template.variables]
    if fixed.everything:
        return None
    if not filled:
        return _fixed(fixed)
    matches = fixed.matcher()

    def test(request: Request) -> bool:
        resource = request.resource
        if matches(resource):
            return True
        return any(pattern.matches(resource, request.context) for pattern in filled)

    return test


def _fixed(globs: Globs) -> RequestTest:
    """Return the matcher; the common forms are inlined, which saves a call for each decision."""
    if globs.regex is None and not globs.prefixes:
        exact = globs.exact
        return lambda request: request.resource in exact
    if globs.regex is None and not globs.exact:
        prefixes = globs.prefixes
        return lambda request: request.resource.startswith(prefixes)
    matches = globs.matcher()
    return lambda request: matches(request.resource)


def _none_of(templates: list[Template]) -> RequestTest:
    matches = Globs.compile([item.fill() for item in templates if not item.variables], segmented=True).matcher()
    filled = [Filled(template, segmented=True) for template in templates if template.variables]

    def test(request: Request) -> bool:
        resource = request.resource
        if matches(resource):
            return False
        return all(pattern.matches(resource, request.context) is False for pattern in filled)

    return test
