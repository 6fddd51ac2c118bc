"""Formatting parts of a policy for messages."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING

from leastway.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["OWN_ACCOUNT", "did_you_mean", "is_opaque", "listed", "opaque", "quoted", "with_stars"]

OWN_ACCOUNT = "000000000000"
"""A placeholder for the account of a template, whose id the template does not contain."""

_OPAQUE = re.compile("\ue000([^\ue001]*)\ue001")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_LONGEST = 100


def opaque(name: str) -> str:
    """Return a placeholder text for an unknown value, such as a parameter of a template."""
    return f"\ue000{name.replace(':', '.')}\ue001"


def is_opaque(text: str) -> bool:
    """Whether `text` contains an unknown value."""
    return "\ue000" in text


def with_stars(text: str) -> str:
    """Return the pattern `text` with `*` for each variable and each unknown value."""
    return _VARIABLE.sub("*", _OPAQUE.sub("*", text)) if "$" in text or "\ue000" in text else text


def quoted(text: str) -> str:
    """Return `text` in quotes, shortened if it is long, with unprintable characters escaped."""
    plain = _OPAQUE.sub(r"${\1}", text)
    return shown(json.dumps(plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}...", ensure_ascii=False))


def listed(items: Iterable[str], *, most: int = 3, word: str = "and") -> str:
    """Return `a, b and c`; if there are more than `most`, the first ones and the number of the others."""
    found: Sequence[str] = list(items)
    if len(found) > most:
        return f"{', '.join(found[:most])} {word} {len(found) - most} more"
    return f" {word} ".join(filter(None, (", ".join(found[:-1]), found[-1]))) if found else "nothing"


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the closest match for `word` among `known`, ignoring case; None if nothing is close."""
    by_lower = {item.lower(): item for item in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.75)
    return by_lower[close[0]] if close else None
