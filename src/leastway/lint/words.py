"""How messages name what stands in a policy."""

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
"""Stands for the account that a template is for, whose number the template does not know."""

_OPAQUE = re.compile("\ue000([^\ue001]*)\ue001")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_LONGEST = 100


def opaque(name: str) -> str:
    """Return a text that stands for a value which is not known here, a parameter of a template for one."""
    return f"\ue000{name.replace(':', '.')}\ue001"


def is_opaque(text: str) -> bool:
    """Whether `text` holds a value that is not known here."""
    return "\ue000" in text


def with_stars(text: str) -> str:
    """Return the pattern `text` with `*` for each variable and each value that is not known."""
    return _VARIABLE.sub("*", _OPAQUE.sub("*", text)) if "$" in text or "\ue000" in text else text


def quoted(text: str) -> str:
    """Return `text` in quotes: cut when long, with escapes for what does not print."""
    plain = _OPAQUE.sub(r"${\1}", text)
    return shown(json.dumps(plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}...", ensure_ascii=False))


def listed(items: Iterable[str], *, most: int = 3, word: str = "and") -> str:
    """Return `a, b and c`; of many, the first `most` and how many more there are."""
    found: Sequence[str] = list(items)
    if len(found) > most:
        return f"{', '.join(found[:most])} {word} {len(found) - most} more"
    return f" {word} ".join(filter(None, (", ".join(found[:-1]), found[-1]))) if found else "nothing"


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that is closest to `word` in any case, None when nothing is close."""
    by_lower = {item.lower(): item for item in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.75)
    return by_lower[close[0]] if close else None
