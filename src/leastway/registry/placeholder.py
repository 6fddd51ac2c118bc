r"""The platform's placeholders in a text: `${context.app.id}`, `${resources['dns#x'].outputs.host}`.

- A path is words with dots or `['x']`. Of the context there are org, app, env, deploy and res.
- `$\{` is the text `${` itself. `$${` is HCL's own escape, and not an escape here.
- A text that is one placeholder and nothing else keeps the type of what it stands for; within a longer text, what is
  not a string becomes JSON.

Nothing is resolved here. What documentation writes where a value belongs is `placeholder_text`.
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
    """Something about the deployment: `context.app.id` has the path ("app", "id")."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutputReference:
    """An output of another resource, which is named by TYPE.CLASS#ID; what is left out is the referring resource's."""

    resource: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder: what stands between the braces, and what it refers to.

    `refers_to` is None where it has no end, or where the platform knows nothing of that name.
    """

    body: str
    refers_to: ContextReference | OutputReference | None
    is_closed: bool = True


def parse_placeholders(text: str) -> tuple[str | Placeholder, ...]:
    """Return the parts of a text in their order: literal text, without escapes, and placeholders.

    Literal parts are never empty. A placeholder without an end goes on to the end of the text.
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
    """Say whether a text is one placeholder alone, so that a number or an object stays what it is."""
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
