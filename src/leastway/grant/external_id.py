"""External ids: making one, and telling how hard one is to guess.

An external id keeps a platform from being talked into using its rights for another customer (IAM User Guide, "The
confused deputy problem"). It is no secret, but it must be unique and not to be guessed: 128 random bits or more.
"""

from __future__ import annotations

import itertools
import math
import re
import secrets
from collections.abc import Iterable

__all__ = ["FEWEST_BITS", "common_word", "estimate_bits", "new_external_id", "why_guessable"]

FEWEST_BITS = 128
_SHORTEST_NAME = 4

_BITS_OF_A_WORD = 13  # a word of some eight thousand in use
_LETTERS_OF_A_WORD = 5
_RUN = 5
_UUID = re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_BITS_OF_A_RANDOM_UUID = 122  # RFC 9562, section 5.4
_BITS_OF_ANOTHER_UUID = 60  # made of a clock and an address
_PIECE = re.compile(r"[A-Za-z]?[a-z]{2,}|[A-Z]{3,}|[0-9]{1,4}")
_VOWEL = re.compile(r"[aeiouy]")
_UNSPEAKABLE = re.compile(r"[^aeiouy]{6}")
_SEPARATORS = re.compile(r"[_+=,.@:/-]")
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
    text: str, *, account: str | None, grant: str | None, roles: Iterable[str | None], clusters: Iterable[str | None]
) -> str | None:
    """Return why `text` can be guessed, or None. It must hold none of the names, where they are known."""
    folded = text.lower()
    names = [
        ("the account id", account),
        ("the grant's name", grant),
        *(("a role's name", role) for role in roles),
        *(("a cluster's name", cluster) for cluster in clusters),
    ]
    for what, name in names:
        if name and len(name) >= _SHORTEST_NAME and name.lower() in folded:
            return f"it holds {what}"
    if (word := common_word(text)) is not None:
        return f"it holds the word '{word}'"
    bits = estimate_bits(text)
    return f"it has about {bits} random bits, and {FEWEST_BITS} are asked for" if bits < FEWEST_BITS else None


def estimate_bits(text: str) -> int:
    """Return about how many bits it takes to guess `text`; never more than its alphabet and length allow.

    Repetitions, runs such as 12345 and words count for little. An estimate tells a random text from a chosen one; it
    cannot tell a random text that was published.
    """
    if match := _UUID.fullmatch(text):
        return _BITS_OF_A_RANDOM_UUID if match.group(1) == "4" else _BITS_OF_ANOTHER_UUID
    bare = _SEPARATORS.sub("", text)
    is_hexadecimal = re.fullmatch(r"[0-9a-f]*|[0-9A-F]*", bare) is not None
    bits = _fresh_characters(bare) * _bits_of_a_character(bare, is_hexadecimal=is_hexadecimal)
    if not is_hexadecimal and (pieces := _words_and_numbers(text, bare)):
        bits = min(bits, sum(map(_bits_of_a_piece, pieces)))
    return int(bits)


def _words_and_numbers(text: str, bare: str) -> set[str]:
    """Return the different words and numbers of `text`, if it is made of such: words can be spoken."""
    if sum(character.isdigit() for character in text) * 10 > len(text) or _PIECE.sub("", bare):
        return set()
    pieces = {piece.lower() for piece in _PIECE.findall(text)}
    return pieces if all(piece.isdigit() or _is_spoken(piece) for piece in pieces) else set()


def common_word(text: str) -> str | None:
    """Return a word in `text` that people choose, if there is one."""
    folded = text.lower()
    return next((word for word in _COMMON if word in folded), None)


def _is_spoken(piece: str) -> bool:
    return _VOWEL.search(piece) is not None and _UNSPEAKABLE.search(piece) is None


def _bits_of_a_piece(piece: str) -> float:
    """Return the bits of a number, or of a word; letters beyond those of a usual word are letters."""
    if piece.isdigit():
        return len(piece) * math.log2(10)
    return max(_BITS_OF_A_WORD, (len(piece) - _LETTERS_OF_A_WORD) * math.log2(26))


def _bits_of_a_character(text: str, *, is_hexadecimal: bool) -> float:
    if text.isdigit():
        return math.log2(10)
    if is_hexadecimal:
        return 4
    one_case = text.islower() or text.isupper()
    letters = 26 if one_case else 52
    return math.log2(letters + (10 if any(character.isdigit() for character in text) else 0))


def _fresh_characters(text: str) -> int:
    """Count the characters that neither go on with a run of five nor repeat five that came before."""
    folded = text.lower()
    seen: set[str] = set()
    count = 0
    for end in range(1, len(folded) + 1):
        last = folded[max(0, end - _RUN) : end]
        steps = {ord(right) - ord(left) for left, right in itertools.pairwise(last)}
        is_run = len(last) == _RUN and len(steps) == 1 and abs(next(iter(steps))) <= 1
        if not is_run and last not in seen:
            count += 1
        if len(last) == _RUN:
            seen.add(last)
    return count
