r"""The platform's placeholders in a text: `${context.app.id}`, `${resources['dns#x'].outputs.host}`.

- A path consists of words after dots or in `['x']`. The context has org, app, env, deploy and res.
- Of another resource, a placeholder gives an output, its cloud account (`.account`) or its id (`.guresid`).
- A selector gives a list: `${resources.dns<route.outputs.host}` has an element for each route that depends on the dns,
  `${resources.workload>aws-policy.outputs.arn}` one for each aws-policy on which the workload depends.
- `$\{` is the literal text `${`. `$${` is an escape in HCL, but not here.
- A text that consists of one placeholder keeps the type of its value; within a longer text, a value that is not a
  string becomes JSON.

`leastway.resolve` resolves placeholders. `placeholder_text` finds the placeholders of documentation, which people
replace. Source: Humanitec's documentation, "Placeholders" and "Resource Graph"; its example library.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from leastway.errors import InvalidInputError
from leastway.registry.resource_key import ResourceKey

__all__ = [
    "CONTEXT_PATHS",
    "SET_REFERENCE",
    "AttributeReference",
    "ContextReference",
    "OutputReference",
    "Placeholder",
    "Reference",
    "SelectorReference",
    "is_resource",
    "keeps_type",
    "parse_placeholders",
    "steps_of",
    "why_not_valid",
]

CONTEXT_PATHS: Final = (
    *(("org", "id"), ("app", "id"), ("env", "id"), ("env", "type")),
    *(("res", "id"), ("res", "type"), ("res", "class"), ("res", "guresid"), ("deploy", "id")),
)
"""Everything that the deployment context has."""

_PLACE = re.compile(r"\$\{([^}]*)(\}?)")
_ESCAPED = "$\\{"
_STEP = r"(?:\.[A-Za-z0-9_-]+|\['[^'\]]+'\])"
SET_REFERENCE: Final = re.compile(
    rf"(?P<external>externals(?P<own>{_STEP})(?P<own_path>{_STEP}+))"
    rf"|(?P<module>modules(?P<other>{_STEP})\.externals(?P<its>{_STEP})(?P<its_path>{_STEP}+))"
    rf"|(?P<shared>shared(?P<name>{_STEP})(?P<shared_path>{_STEP}+))"
    rf"|(?P<later>values{_STEP}+|modules{_STEP}\.service\.(?:name|port))"
)
"""The body of a placeholder that only the params of a resource can have: a name of the deployment set."""
_CONTEXT = re.compile(rf"context(\.(?:org|app|env|deploy|res){_STEP}+)")
_RESOURCE = r"(?:\.[A-Za-z0-9_-]+(?:\#[A-Za-z0-9_-]+)?(?:[<>][A-Za-z0-9_-]+)?|\['[^'\]]+'\])"
_OF_RESOURCE = re.compile(rf"resources({_RESOURCE})\.(?:(account|guresid)|outputs({_STEP}+))")
_SELECTOR = re.compile(r"([^<>]+)([<>])([^<>]+)")
_ANY: Final = ResourceKey("any", "any", "any")
_STEPS = re.compile(r"\.([A-Za-z0-9_-]+)|\['([^'\]]+)'\]")


@dataclass(frozen=True, slots=True)
class ContextReference:
    """A reference to the deployment context: `context.app.id` has the path ("app", "id")."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutputReference:
    """A reference to an output of another resource, TYPE.CLASS#ID; omitted parts are the referring resource's."""

    resource: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AttributeReference:
    """A reference to the `account` or the `guresid` of another resource, TYPE.CLASS#ID as in OutputReference."""

    resource: str
    attribute: str


@dataclass(frozen=True, slots=True)
class SelectorReference:
    """A reference to an output of each resource `selected` that depends on `resource`, or on which it depends.

    `selects_dependents` is true for `<`, and false for `>`.
    """

    resource: str
    selected: str
    selects_dependents: bool
    path: tuple[str, ...]


Reference = ContextReference | OutputReference | AttributeReference | SelectorReference


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder: the text between the braces, and what it refers to.

    `refers_to` is None if the placeholder is not closed or if the platform does not know it.
    """

    body: str
    refers_to: Reference | None
    is_closed: bool = True

    @property
    def text(self) -> str:
        """The placeholder as it is written."""
        return f"${{{self.body}{'}' if self.is_closed else ''}"


def parse_placeholders(text: str) -> tuple[str | Placeholder, ...]:
    """Return the parts of a text in order: literal text with escapes resolved, and placeholders.

    Literal parts are never empty. A placeholder that is not closed extends to the end of the text.
    """
    parts: list[str | Placeholder] = []
    end = 0
    for match in _PLACE.finditer(text):
        parts += _literal(text[end : match.start()])
        body, is_closed = match[1], bool(match[2])
        parts.append(Placeholder(body, _referent(body) if is_closed else None, is_closed))
        end = match.end()
    return (*parts, *_literal(text[end:]))


def keeps_type(parts: tuple[str | Placeholder, ...]) -> bool:
    """Return whether a text consists of one placeholder, so that a number or an object keeps its type."""
    return len(parts) == 1 and isinstance(parts[0], Placeholder)


def _literal(text: str) -> list[str]:
    return [text.replace(_ESCAPED, "${")] if text else []


def _referent(body: str) -> Reference | None:
    if found := _CONTEXT.fullmatch(body):
        return ContextReference(steps_of(found[1]))
    found = _OF_RESOURCE.fullmatch(body)
    if found is None:
        return None
    resource = found[1][1:] if found[1].startswith(".") else found[1][2:-2]
    selector = _SELECTOR.fullmatch(resource)
    if selector is not None:
        if found[3] is None:
            return None
        return SelectorReference(selector[1], selector[3], selector[2] == "<", steps_of(found[3]))
    if "<" in resource or ">" in resource:
        return None
    if found[2] is not None:
        return AttributeReference(resource, found[2])
    return OutputReference(resource, steps_of(found[3]))


def why_not_valid(placeholder: Placeholder, *, in_params: bool = False) -> str | None:
    """Return what is wrong with a placeholder, without its text, or None if it can be resolved somewhere.

    In the params of a resource (`in_params`), it may also be a name of the deployment set.
    """
    if not placeholder.is_closed:
        return "a placeholder is not closed"
    match placeholder.refers_to:
        case ContextReference(path):
            return None if path in CONTEXT_PATHS else "the context does not have what a placeholder names"
        case OutputReference(resource) | AttributeReference(resource):
            return None if is_resource(resource) else "a placeholder does not name a resource"
        case SelectorReference(resource, selected):
            are_valid = is_resource(resource) and is_resource(selected)
            return None if are_valid else "a placeholder does not name a resource"
        case None:
            is_known = in_params and SET_REFERENCE.fullmatch(placeholder.body) is not None
            return None if is_known else "it has an unknown placeholder"


def is_resource(text: str) -> bool:
    """Return whether a text names a resource, with or without its class and id."""
    try:
        ResourceKey.parse(text, inherit=_ANY)
    except InvalidInputError:
        return False
    return True


def steps_of(path: str) -> tuple[str, ...]:
    """Return the words of a path that is made of steps: `.word` or `['word']`."""
    return tuple(word or quoted for word, quoted in _STEPS.findall(path))
