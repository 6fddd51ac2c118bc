r"""The platform's placeholders in a text: `${context.app.id}`, `${resources['dns#x'].outputs.host}`.

- A path consists of words after dots or in `['x']`. The context has org, app, env, deploy and res.
- `$\{` is the literal text `${`. `$${` is an escape in HCL, but not here.
- A text that consists of one placeholder keeps the type of its value; within a longer text, a value that is not a
  string becomes JSON.

Placeholders are not resolved here. `placeholder_text` finds the placeholders of documentation, which people replace.
Source: Humanitec's documentation, "Placeholders".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["ContextReference", "OutputReference", "Placeholder", "keeps_type", "parse_placeholders"]

_PLACE = re.compile(r"\$\{([^}]*)(\}?)")
_ESCAPED = "$\\{"
_STEP = r"(?:\.[A-Za-z0-9_-]+|\['[^'\]]+'\])"
_CONTEXT = re.compile(rf"context(\.(?:org|app|env|deploy|res){_STEP}+)")
_OUTPUT = re.compile(rf"resources({_STEP})\.outputs({_STEP}+)")
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
class Placeholder:
    """One placeholder: the text between the braces, and what it refers to.

    `refers_to` is None if the placeholder is not closed or if the platform does not know it.
    """

    body: str
    refers_to: ContextReference | OutputReference | None
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


def _referent(body: str) -> ContextReference | OutputReference | None:
    if found := _CONTEXT.fullmatch(body):
        return ContextReference(_steps(found[1]))
    if found := _OUTPUT.fullmatch(body):
        return OutputReference(_steps(found[1])[0], _steps(found[2]))
    return None


def _steps(path: str) -> tuple[str, ...]:
    return tuple(word or quoted for word, quoted in _STEPS.findall(path))
