"""Policy variables: `${key}`, `${key, 'default'}`, and the escapes `${*}`, `${?}` and `${$}`.

A variable is replaced by the single value of its key in the request's context. If the key is absent, the default is
used; without a default, and for a key with several values, the text matches nothing. Wildcards in a value are literal.
Source: IAM User Guide, "IAM policy elements: Variables and tags". Not documented by AWS, decided here: an empty value
counts as a value; a name that cannot be a key never matches; `${` without an end is plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leastway.policy.wildcards import Pattern, Token, tokens_of, with_segments

__all__ = ["Context", "Template", "Variable", "parse_template", "without_variables"]

Context = Mapping[str, str | tuple[str, ...]]
"""A request's context: keys in lower case; a tuple, never empty, for a key with several values."""

_PLACE = re.compile(r"\$\{([^}']*(?:'[^']*'[^}']*)*)\}")
_BODY = re.compile(r"\s*([^\s,']+)\s*(?:,\s*'([^']*)'\s*)?")
_ESCAPES = ("*", "?", "$")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable's key in lower case, and its default. The empty key never has a value."""

    key: str
    default: str | None = None

    def resolve(self, context: Context) -> str | None:
        """Return the value, or None if there is no usable one."""
        value = context.get(self.key, self.default)
        return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class Template:
    """A text with its wildcards and variables, in order."""

    parts: tuple[Token | Variable, ...]

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables, in order."""
        return tuple(part for part in self.parts if isinstance(part, Variable))

    @property
    def narrow(self) -> int:
        """How many variables come before the fifth colon, where a value with a colon cannot be part of an ARN."""
        return sum(is_narrow and isinstance(part, Variable) for part, is_narrow in with_segments(self.parts))

    def resolve(self, context: Context) -> tuple[str, ...] | None:
        """Return the variables' values, or None if one of them has no value."""
        values = []
        for variable in self.variables:
            value = variable.resolve(context)
            if value is None:
                return None
            values.append(value)
        return tuple(values)

    def fill(self, values: tuple[str, ...] = ()) -> Pattern:
        """Return the pattern with `values` in place of the variables."""
        found = iter(values)
        return _merge(next(found) if isinstance(part, Variable) else part for part in self.parts)


def parse_template(text: str, *, variables: bool, wildcards: bool) -> Template:
    """Read `text`; `variables` and `wildcards` tell whether these have a meaning in it."""
    parts: list[Token | Variable] = []
    position = 0
    for place in _PLACE.finditer(text) if variables else ():
        parts += _plain(text[position : place.start()], wildcards=wildcards)
        parts.append(_variable(place.group(1)))
        position = place.end()
    parts += _plain(text[position:], wildcards=wildcards)
    return Template(tuple(parts))


def without_variables(text: str) -> str:
    """Return `text` without its variables and escapes."""
    return _PLACE.sub("", text) if "${" in text else text


def _variable(body: str) -> str | Variable:
    if body in _ESCAPES:
        return body
    found = _BODY.fullmatch(body)
    return Variable(found.group(1).lower(), found.group(2)) if found else Variable("")


def _plain(text: str, *, wildcards: bool) -> Pattern:
    if wildcards:
        return tokens_of(text)
    return (text,) if text else ()


def _merge(tokens: Iterable[Token]) -> Pattern:
    merged: list[Token] = []
    for token in tokens:
        if isinstance(token, str) and merged and isinstance(merged[-1], str):
            merged[-1] += token
        elif token:
            merged.append(token)
    return tuple(merged)
