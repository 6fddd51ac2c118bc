"""External ids: generating one, and deciding whether one can be guessed (`randomness` estimates the bits).

An external id prevents a platform from being tricked into using its permissions for another customer (IAM User Guide,
"The confused deputy problem"). It is not a secret, but it must be unique and hard to guess: at least 128 random bits.
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
"""Bits that a random text may lose to runs and repetitions by chance: one text in 100,000 loses more."""
_SHORTEST_NAME = 4
_LONGEST_BY_CHANCE = 5
"""Length of the longest name or word that a random text may contain by chance."""

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
    """Return why `text` can be guessed, or None. It must not contain any of the names that are known.

    An id that is `in_use` may have a few bits less, and may be a UUID: those cannot be guessed in practice either (STS
    accepts 600 calls a second for an account, so that guessing 60 bits takes ten million years), and changing the id
    could lock the platform out.
    """
    names = [
        ("the account id", account),
        ("the name of the grant", grant),
        *(("the name of a role", role) for role in roles),
        *(("the name of a cluster", cluster) for cluster in clusters),
    ]
    for what, name in names:
        if name and len(name) >= _SHORTEST_NAME and _is_held(name, text):
            return f"it contains {what}"
    if (word := common_word(text)) is not None:
        return f"it contains the word '{word}'"
    if in_use and UUID.fullmatch(text):
        bits = fresh_bits(text)
        is_enough = bits >= _FEWEST_BITS_IN_USE - _BITS_OF_CHANCE
    else:
        bits = min(capacity(text), estimate_bits(text))
        fewest = _FEWEST_BITS_IN_USE if in_use and not is_worded(text) else FEWEST_BITS
        by_chance = 0 if is_worded(text) or UUID.fullmatch(text) else _BITS_OF_CHANCE
        is_enough = capacity(text) >= fewest and bits >= fewest - by_chance
    return None if is_enough else f"it has about {bits} random bits, and at least {FEWEST_BITS} are required"


def weak_spot(text: str) -> str | None:
    """Return a remark about an id in use that would not be accepted as a new one, or None."""
    bits = estimate_bits(text)
    if bits >= FEWEST_BITS - _BITS_OF_CHANCE and not UUID.fullmatch(text):
        return None
    return f"it has about {bits} random bits, and a new one has 256"


def common_word(text: str) -> str | None:
    """Return a word in `text` that people often choose, or None."""
    return next((word for word in _COMMON if _is_held(word, text)), None)


def _is_held(name: str, text: str) -> bool:
    """Return whether `text` contains the name other than by chance.

    A short name can occur by chance within random characters of the same kind.
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
    """Return whether random characters of the same kind continue on both sides of `start` to `end`."""
    before, after = text[:start], text[end:]
    if not (before and after and before[-1].isalnum() and after[0].isalnum()):
        return False
    rest = before + after
    kinds = _kind(without_separators(rest))
    return _kind(text[start:end] + rest) == kinds and not is_worded(text) and capacity(rest) >= _FEWEST_BITS_IN_USE


def _kind(bare: str) -> tuple[bool, bool, bool]:
    """Return whether the text is hexadecimal, has lower-case letters, and has upper-case letters."""
    text = without_separators(bare)
    return is_hexadecimal(text), text != text.upper(), text != text.lower()
