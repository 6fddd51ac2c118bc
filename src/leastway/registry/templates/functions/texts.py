"""Functions of texts. Source: sprig, "String Functions"; Go, packages fmt and strings."""

from __future__ import annotations

import re
from typing import Any, Final

from leastway.primitives import go_quoted
from leastway.registry.templates.functions.function import Function, functions, integer, sequence, text, whole_text
from leastway.registry.templates.printing import printed
from leastway.registry.templates.values import FailedError, WorkBudget

__all__ = ["TEXTS"]

_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_SIMPLE_CASE: Final = {"\u0130": "i"} | {
    chr(one): chr(one).title()
    for one in (*range(0x1F80, 0x1FB0), 0x1FB3, 0x1FC3, 0x1FF3)
    if len(chr(one).title()) == 1 and len(chr(one).upper()) > 1
}
"""Characters that become several ones in Python, and another one in Go."""
_VERB: Final = re.compile(r"%(?:%|[sdvqt]|.|\Z)", re.DOTALL)


def _each(value: str, change: Any) -> str:
    """Change each character into one character, as Go does: by its simple mapping."""
    return "".join(changed if len(changed := change(one)) == 1 else _SIMPLE_CASE.get(one, one) for one in value)


def _repeat(budget: WorkBudget, count: Any, value: Any) -> str:
    times = integer(count)
    if times < 0:
        raise FailedError("it cannot repeat a text a negative number of times")
    budget.text(times * len(text(value)))
    return text(value) * times


def _replace(budget: WorkBudget, old: Any, new: Any, value: Any) -> str:
    found, before, after = text(value), text(old), text(new)
    budget.text(len(found) + (found.count(before)) * len(after))
    return found.replace(before, after)


def _indent(budget: WorkBudget, count: Any, value: Any) -> str:
    width, found = integer(count), text(value)
    if width < 0:
        raise FailedError("it cannot indent by a negative number")
    budget.text(len(found) + (found.count("\n") + 1) * width)
    pad = " " * width
    return pad + found.replace("\n", f"\n{pad}")


def _trunc(_budget: WorkBudget, count: Any, value: Any) -> str:
    length, found = integer(count), text(value)
    return found[:length] if length >= 0 else found[length:] if len(found) + length > 0 else found


def _substr(_budget: WorkBudget, start: Any, end: Any, value: Any) -> str:
    first, last, found = integer(start), integer(end), text(value)
    if first < 0:
        first = 0
    elif last < 0 or last > len(found):
        last = len(found)
    if not first <= last <= len(found):
        raise FailedError("the bounds are outside of the text")
    return found[first:last]


def _join(budget: WorkBudget, separator: Any, values: Any) -> str:
    pieces = [printed(one, budget) for one in sequence(values) if one is not None]
    budget.text(sum(map(len, pieces)) + len(pieces) * len(text(separator)))
    return text(separator).join(pieces)


def _split_list(budget: WorkBudget, separator: Any, value: Any) -> list[str]:
    found, between = text(value), text(separator)
    budget.spend(len(found) // 8 + 1)
    return found.split(between) if between else list(found)


def _printf(budget: WorkBudget, form: Any, *values: Any) -> str:
    left = list(values)

    def one(found: re.Match[str]) -> str:
        verb = found[0][1:]
        if verb == "%":
            return "%"
        if verb not in ("s", "d", "v", "q", "t"):
            raise FailedError("printf has the verbs %s, %d, %v, %q, %t and %% alone")
        if not left:
            raise FailedError("printf has more verbs than values")
        value = left.pop(0)
        if verb == "d":
            return str(integer(value))
        if verb == "q":
            return go_quoted(text(value))
        if verb == "s":
            return text(value)
        if verb == "t" and not isinstance(value, bool):
            raise FailedError("it needs a boolean for %t")
        return printed(value, budget)

    made = _VERB.sub(one, text(form))
    if left:
        raise FailedError("printf has more values than verbs")
    return whole_text(budget, made)


def _print(budget: WorkBudget, *values: Any) -> str:
    pieces: list[str] = []
    for number, value in enumerate(values):
        if number and not isinstance(value, str) and not isinstance(values[number - 1], str):
            pieces.append(" ")
        pieces.append(printed(value, budget))
    return whole_text(budget, "".join(pieces))


def _spaced(budget: WorkBudget, values: tuple[Any, ...]) -> str:
    return whole_text(budget, " ".join(printed(one, budget) for one in values if one is not None))


def _println(budget: WorkBudget, *values: Any) -> str:
    return whole_text(budget, " ".join(printed(one, budget) for one in values) + "\n")


def _nospace(_budget: WorkBudget, value: Any) -> str:
    found = text(value)
    if not found.isascii() and any(chr(one) in _SPACE for one in found.encode()):
        raise FailedError("sprig's nospace breaks a text that has space and is not ASCII; use replace")
    return "".join(one for one in found if one not in _SPACE)


def _quote(budget: WorkBudget, *values: Any) -> str:
    return whole_text(budget, " ".join(go_quoted(printed(one, budget)) for one in values if one is not None))


def _squote(budget: WorkBudget, *values: Any) -> str:
    return whole_text(budget, " ".join(f"'{printed(one, budget)}'" for one in values if one is not None))


def _trim_all(_budget: WorkBudget, characters: Any, value: Any) -> str:
    found, removed = text(value), text(characters)
    return found.strip(removed) if removed else found


TEXTS: Final[dict[str, Function]] = functions(
    {
        "cat": (lambda budget, *values: _spaced(budget, values), 1, None),
        "contains": (lambda _, part, value: text(part) in text(value), 2, 2),
        "hasPrefix": (lambda _, part, value: text(value).startswith(text(part)), 2, 2),
        "hasSuffix": (lambda _, part, value: text(value).endswith(text(part)), 2, 2),
        "indent": (_indent, 2, 2),
        "join": (_join, 2, 2),
        "lower": (lambda _, value: _each(text(value), str.lower), 1, 1),
        "nindent": (lambda budget, count, value: "\n" + _indent(budget, count, value), 2, 2),
        "nospace": (_nospace, 1, 1),
        "print": (_print, 1, None),
        "printf": (_printf, 1, None),
        "println": (_println, 1, None),
        "quote": (_quote, 1, None),
        "repeat": (_repeat, 2, 2),
        "replace": (_replace, 3, 3),
        "splitList": (_split_list, 2, 2),
        "squote": (_squote, 1, None),
        "substr": (_substr, 3, 3),
        "toString": (lambda budget, value: printed(value, budget), 1, 1),
        "trim": (lambda _, value: text(value).strip(_SPACE), 1, 1),
        "trimAll": (_trim_all, 2, 2),
        "trimPrefix": (lambda _, part, value: text(value).removeprefix(text(part)), 2, 2),
        "trimSuffix": (lambda _, part, value: text(value).removesuffix(text(part)), 2, 2),
        "trunc": (_trunc, 2, 2),
        "upper": (lambda _, value: _each(text(value), str.upper), 1, 1),
    },
    keeps=False,
)
