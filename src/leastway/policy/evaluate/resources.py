"""Whether a statement is about the request's resource.

A pattern is an ARN of six segments whose wildcards stay within their segment, but for a last `*`; what is no ARN
(some services have forms of their own) is matched as a whole. The case matters. Variables work after the fifth colon
only; one that cannot be resolved makes its pattern match nothing, and a NotResource that holds it not apply.
Source: IAM User Guide, "IAM JSON policy elements: Resource", "... NotResource", "... Variables and tags".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from leastway.policy.evaluate.filled import Filled
from leastway.policy.evaluate.request import Request
from leastway.policy.variables import Template, Variable, parse_template
from leastway.policy.wildcards import Globs

__all__ = ["RequestTest", "compile_resources", "resource_template"]

RequestTest = Callable[[Request], bool]

_ARN_COLONS = 5


def compile_resources(
    resources: Iterable[str] | None, not_resources: Iterable[str] | None, *, variables: bool
) -> RequestTest | None:
    """Return the test of a statement's resources; None when it holds for every request."""
    if resources is not None:
        return _any_of([resource_template(text, variables=variables) for text in resources])
    if not_resources is not None:
        return _none_of([resource_template(text, variables=variables) for text in not_resources])
    return None


def resource_template(text: str, *, variables: bool) -> Template:
    """Read a resource of a policy; variables before the fifth colon never resolve."""
    template = parse_template(text, variables=variables, wildcards=True)
    colons = 0
    parts = []
    for part in template.parts:
        if isinstance(part, str):
            colons += part.count(":")
        broken = isinstance(part, Variable) and colons < _ARN_COLONS
        parts.append(Variable("") if broken else part)
    return Template(tuple(parts))


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
    """Spell out the common shapes, which saves a call for each decision."""
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
