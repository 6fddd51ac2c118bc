"""The leaves of resolved inputs that are not JSON: secrets, and what is not known before the deployment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leastway.primitives import Secret
from leastway.registry import mask, parse_placeholders
from leastway.source import KeyPath

__all__ = [
    "MASKED",
    "HiddenText",
    "UnknownValue",
    "hidden",
    "joined",
    "outlined",
    "shown_value",
    "step_text",
    "unknowns_in",
]

MASKED = "***"
_LITERAL = "*"
_WORD = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value that only the deployment can tell: `text` has a placeholder for each of its `needs`.

    A literal `${` in the text is escaped. `is_secret` if it will be a secret.
    """

    text: str
    needs: tuple[str, ...]
    is_secret: bool = False

    @classmethod
    def of(cls, reference: str, *, is_secret: bool = False) -> UnknownValue:
        """Return the value of one placeholder, given without its braces."""
        return cls(f"${{{reference}}}", (reference,), is_secret)


@dataclass(frozen=True, slots=True)
class HiddenText:
    """A secret that is not known as a whole: text, with secrets kept elsewhere and unknown values in it.

    `reference` says where a secret is kept, if it is one of a store.
    """

    parts: tuple[str | Secret | UnknownValue | HiddenText, ...] = field(default=(), repr=False)
    reference: Mapping[str, str] | None = None

    def __str__(self) -> str:
        return MASKED


def hidden(value: Any) -> Any:
    """Return `value` with every known leaf as a secret."""
    if isinstance(value, Mapping):
        return {name: hidden(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(member) for member in value]
    if isinstance(value, UnknownValue):
        return UnknownValue(value.text, value.needs, is_secret=True)
    if isinstance(value, Secret | HiddenText):
        return value
    return Secret(_as_text(value))


def joined(parts: Sequence[Any]) -> Any:
    """Return the text that literal text and values of placeholders make: a value that is not a string becomes JSON.

    With a secret in it, it is a secret: a Secret if everything is known, else a HiddenText.
    """
    flat = [leaf for part in parts for leaf in _flat(part)]
    if not any(_is_secret(leaf) for leaf in flat):
        if not any(isinstance(leaf, UnknownValue) for leaf in flat):
            return "".join(flat)
        text = "".join(leaf.text if isinstance(leaf, UnknownValue) else _escaped(leaf) for leaf in flat)
        needs = (name for leaf in flat if isinstance(leaf, UnknownValue) for name in leaf.needs)
        return UnknownValue(text, tuple(dict.fromkeys(needs)))
    if all(isinstance(leaf, str | Secret) for leaf in flat):
        return Secret("".join(leaf.reveal() if isinstance(leaf, Secret) else leaf for leaf in flat))
    return HiddenText(tuple(flat))


def shown_value(value: Any) -> Any:
    """Return `value` as JSON with secrets masked, and unknown values as their placeholders."""
    if isinstance(value, Mapping):
        return {name: shown_value(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [shown_value(member) for member in value]
    if isinstance(value, UnknownValue):
        return value.text
    if isinstance(value, Secret | HiddenText):
        return MASKED
    return mask(value) if isinstance(value, str) else value


def outlined(secrets: Any) -> Any:
    """Return nested secrets with their placeholders alone: of every other text, that it is there and not what it is.

    It resolves as the secrets do, and can be kept where a secret cannot.
    """
    if isinstance(secrets, Mapping):
        return {name: outlined(member) for name, member in secrets.items()}
    if isinstance(secrets, list | tuple):
        return [outlined(member) for member in secrets]
    if isinstance(secrets, Secret):
        parts = parse_placeholders(secrets.reveal())
        return Secret("".join(_LITERAL if isinstance(part, str) else part.text for part in parts))
    return secrets


def unknowns_in(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, tuple[str, ...]]]:
    """Yield the path of each value that is not known yet, with what it needs."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from unknowns_in(member, (*path, name))
    elif isinstance(value, list | tuple):
        for number, member in enumerate(value):
            yield from unknowns_in(member, (*path, number))
    elif isinstance(value, UnknownValue):
        yield path, value.needs
    elif isinstance(value, HiddenText):
        needs = [name for part in value.parts for _, names in unknowns_in(part) for name in names]
        if needs:
            yield path, tuple(dict.fromkeys(needs))


def step_text(step: str) -> str:
    """Return one step of a path as a placeholder has it."""
    return f".{step}" if _WORD.fullmatch(step) else f"['{step}']"


def _flat(value: Any) -> list[Any]:
    """Return the leaves of a part of a text: strings, and what is not JSON."""
    if isinstance(value, str | Secret | UnknownValue | HiddenText):
        return [value]
    if isinstance(value, Mapping):
        pieces: list[Any] = ["{"]
        for number, (name, member) in enumerate(value.items()):
            pieces += [f"{',' if number else ''}{json.dumps(name, ensure_ascii=False)}:", *_quoted(member)]
        return [*pieces, "}"]
    if isinstance(value, list | tuple):
        pieces = ["["]
        for number, member in enumerate(value):
            pieces += [*([","] if number else []), *_quoted(member)]
        return [*pieces, "]"]
    return [_as_text(value)]


def _quoted(value: Any) -> list[Any]:
    """Return the leaves of a member of JSON: a string gets its quotes, a secret is quoted as a secret."""
    if isinstance(value, str):
        return [json.dumps(value, ensure_ascii=False)]
    if isinstance(value, Secret):
        return [Secret(json.dumps(value.reveal(), ensure_ascii=False))]
    return _flat(value)


def _is_secret(leaf: Any) -> bool:
    return isinstance(leaf, Secret | HiddenText) or (isinstance(leaf, UnknownValue) and leaf.is_secret)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _escaped(text: str) -> str:
    return text.replace("${", "$\\{")
