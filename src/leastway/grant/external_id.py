"""External ids: making one, and telling whether one can be guessed (`randomness` counts the bits).

An external id keeps a platform from being talked into using its rights for another customer (IAM User Guide, "The
confused deputy problem"). It is no secret, but it must be unique and not to be guessed: 128 random bits or more.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from leastway.grant.randomness import (
    UUID,
    capacity,
    estimate_bits,
    fresh_bits,
    is_hexadecimal,
    is_worded,
    without_separators,
)

__all__ = ["FEWEST_BITS", "common_word", "estimate_bits", "new_external_id", "weak_spot", "why_guessable"]

FEWEST_BITS = 128
_FEWEST_BITS_IN_USE = 112
_BITS_OF_CHANCE = 16
"""What runs and repetitions that a random text has by chance may cost: one text of 100,000 loses more."""
_SHORTEST_NAME = 4
_LONGEST_BY_CHANCE = 5
"""Letters of a name or word that a random text may hold by chance."""

_COMMON = (
    *(
        "access",
        "account",
        "admin",
        "changeme",
        "customer",
        "default",
        "example",
        "external",
        "humanitec",
        "leastway",
    ),
    *("letmein", "password", "platform", "prod", "qwerty", "secret", "staging", "test", "welcome"),
)


def new_external_id() -> str:
    """Return a new external id: 256 random bits in hexadecimal, from the operating system."""
    return secrets.token_hex(32)


def why_guessable(
    text: str,
    *,
    account: str | None,
    grant: str | None,
    roles: Iterable[str | None],
    clusters: Iterable[str | None],
    in_use: bool = False,
) -> str | None:
    """Return why `text` can be guessed, or None. It must hold none of the names, where they are known.

    One that is `in_use` may have a few bits less, and may be a UUID: nobody guesses those either (STS takes 600 calls a
    second for an account, so that 60 bits last for ten million years), and another id could lock the platform out.
    """
    names = [
        ("the account id", account),
        ("the grant's name", grant),
        *(("a role's name", role) for role in roles),
        *(("a cluster's name", cluster) for cluster in clusters),
    ]
    for what, name in names:
        if name and len(name) >= _SHORTEST_NAME and _is_held(name, text):
            return f"it holds {what}"
    if (word := common_word(text)) is not None:
        return f"it holds the word '{word}'"
    if in_use and UUID.fullmatch(text):
        bits = fresh_bits(text)
        is_enough = bits >= _FEWEST_BITS_IN_USE - _BITS_OF_CHANCE
    else:
        bits = min(capacity(text), estimate_bits(text))
        fewest = _FEWEST_BITS_IN_USE if in_use and not is_worded(text) else FEWEST_BITS
        by_chance = 0 if is_worded(text) or UUID.fullmatch(text) else _BITS_OF_CHANCE
        is_enough = capacity(text) >= fewest and bits >= fewest - by_chance
    return None if is_enough else f"it has about {bits} random bits, and {FEWEST_BITS} are asked for"


def weak_spot(text: str) -> str | None:
    """Return what is to be said of an id in use that would not be taken for a new one, or None."""
    bits = estimate_bits(text)
    if bits >= FEWEST_BITS - _BITS_OF_CHANCE and not UUID.fullmatch(text):
        return None
    return f"it has about {bits} random bits, where a new one has 256"


def common_word(text: str) -> str | None:
    """Return a word in `text` that people choose, if there is one."""
    return next((word for word in _COMMON if _is_held(word, text)), None)


def _is_held(name: str, text: str) -> bool:
    """Whether `text` holds the name, and not by chance.

    A short one may come about by chance in the midst of random characters of its own kind.
    """
    folded, name = text.lower(), name.lower()
    start = folded.find(name)
    while start >= 0:
        end = start + len(name)
        if len(name) > _LONGEST_BY_CHANCE or not _is_embedded(text, start, end):
            return True
        start = folded.find(name, start + 1)
    return False


def _is_embedded(text: str, start: int, end: int) -> bool:
    """Whether the characters from `start` to `end` go on to both sides, in a text that is as random without them."""
    before, after = text[:start], text[end:]
    if not (before and after and before[-1].isalnum() and after[0].isalnum()):
        return False
    rest = before + after
    kinds = _kind(without_separators(rest))
    return _kind(text[start:end] + rest) == kinds and not is_worded(text) and capacity(rest) >= _FEWEST_BITS_IN_USE


def _kind(bare: str) -> tuple[bool, bool, bool]:
    """Return whether the text is hexadecimal, and whether it has small and capital letters."""
    text = without_separators(bare)
    return is_hexadecimal(text), text != text.upper(), text != text.lower()
