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

__all__ = [
    "STEP",
    "AttributeReference",
    "ContextReference",
    "OutputReference",
    "Placeholder",
    "Reference",
    "SelectorReference",
    "keeps_type",
    "parse_placeholders",
    "steps_of",
]

_PLACE = re.compile(r"\$\{([^}]*)(\}?)")
_ESCAPED = "$\\{"
STEP = r"(?:\.[A-Za-z0-9_-]+|\['[^'\]]+'\])"
"""A pattern for one step of a path."""
_CONTEXT = re.compile(rf"context(\.(?:org|app|env|deploy|res){STEP}+)")
_RESOURCE = r"(?:\.[A-Za-z0-9_-]+(?:\#[A-Za-z0-9_-]+)?(?:[<>][A-Za-z0-9_-]+)?|\['[^'\]]+'\])"
_OF_RESOURCE = re.compile(rf"resources({_RESOURCE})\.(?:(account|guresid)|outputs({STEP}+))")
_SELECTOR = re.compile(r"([^<>]+)([<>])([^<>]+)")
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


def steps_of(path: str) -> tuple[str, ...]:
    """Return the words of a path that is made of STEPs."""
    return tuple(word or quoted for word, quoted in _STEPS.findall(path))
