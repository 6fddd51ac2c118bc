"""An estimate of the random bits in a text, to distinguish generated texts from those that a person chose.

Repetitions, runs such as 12345, keyboard rows and words count for little. Whether a random text was published cannot be
seen from the text.
"""

from __future__ import annotations

import itertools
import math
import re

__all__ = ["UUID", "capacity", "estimate_bits", "fresh_bits", "is_hexadecimal", "is_worded", "without_separators"]

_BITS_OF_A_WORD = 13  # one of about eight thousand common words
_LETTERS_OF_A_WORD = 5
_LONGEST_WORD = 20
_SHORTEST_OF_FEW_WORDS = 4
"""In a text with many digits, random characters alternate between letters and digits more often than this."""
_RUN = 5
UUID = re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_BITS_OF_A_RANDOM_UUID = 122  # RFC 9562, section 5.4
_BITS_OF_ANOTHER_UUID = 60  # built from a clock and an address
_PIECE = re.compile(r"[A-Za-z]?[a-z]{2,}|[A-Z]{3,}|[0-9]{1,4}")
_VOWEL = re.compile(r"[aeiouy]")
_UNSPEAKABLE = re.compile(r"[^aeiouy]{6}")
_SEPARATORS = re.compile(r"[_+=,.@:/-]")
_PADDING = re.compile(r"=+$")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn")
_ON_KEYBOARD = frozenset(
    text[start : start + _RUN] for row in _KEYBOARD for text in (row, row[::-1]) for start in range(len(row) - _RUN + 1)
)
_PERCENT = {
    letter: percent
    for letters, percent in (
        *(("e", 12.7), ("ta", 8.6), ("oinshr", 6.6), ("dl", 4.1)),
        *(("cumwfgyp", 2.3), ("bvk", 1.1), ("jxqz", 0.12)),
    )
    for letter in letters
}
"""The frequency of each letter in English."""


def estimate_bits(text: str) -> int:
    """Return the estimated bits of `text`: at most as many as its alphabet and length allow."""
    bits = float(fresh_bits(text))
    if match := UUID.fullmatch(text):
        return int(min(bits, _BITS_OF_A_RANDOM_UUID if match.group(1) == "4" else _BITS_OF_ANOTHER_UUID))
    if pieces := _words_and_numbers(text):
        bits = min(bits, sum(map(_bits_of_a_piece, pieces)))
    return int(bits)


def fresh_bits(text: str) -> int:
    """Return the bits of the characters that neither repeat nor continue earlier ones."""
    bare = _bare(text)
    return int(_fresh_characters(bare) * _bits_of_a_character(bare))


def capacity(text: str) -> int:
    """Return the bits of a random text of this length and alphabet."""
    bare = _bare(text)
    return int(len(bare) * _bits_of_a_character(bare))


def _bare(text: str) -> str:
    """Return the text without separators. In Base64, `+`, `/`, `-` and `_` are ordinary characters."""
    unpadded = _PADDING.sub("", text)
    bare = _SEPARATORS.sub("", unpadded)
    is_base64 = bare != bare.lower() and bare != bare.upper() and re.fullmatch(r"[A-Za-z0-9+/_-]*", unpadded)
    return unpadded if is_base64 and not _words_and_numbers(text) else bare


def is_hexadecimal(bare: str) -> bool:
    """Return whether all characters are hexadecimal digits of one case."""
    return re.fullmatch(r"[0-9a-f]*|[0-9A-F]*", bare) is not None


def without_separators(text: str) -> str:
    """Return the text without separators."""
    return _SEPARATORS.sub("", text)


def is_worded(text: str) -> bool:
    """Return whether the text consists of words and numbers."""
    return bool(_words_and_numbers(text))


def _words_and_numbers(text: str) -> set[str]:
    """Return the distinct words and numbers of `text` if it consists of them; words must be pronounceable."""
    bare = _SEPARATORS.sub("", text)
    if is_hexadecimal(bare):
        return set()
    if _PIECE.sub("", bare):
        return set()
    has_many_digits = sum(character.isdigit() for character in text) * 10 > len(text)
    if has_many_digits and min(map(len, re.findall("[A-Za-z]+|[0-9]+", bare))) < _SHORTEST_OF_FEW_WORDS:
        return set()
    pieces = {piece.lower() for piece in _PIECE.findall(text)}
    is_spoken = all(piece.isdigit() or _is_spoken(piece) for piece in pieces)
    return pieces if is_spoken and _is_written("".join(pieces)) else set()


def _is_spoken(piece: str) -> bool:
    return _VOWEL.search(piece) is not None and _UNSPEAKABLE.search(piece) is None


def _is_written(text: str) -> bool:
    """Return whether the letters are distributed more like English than like random letters."""
    return sum(math.log2(_PERCENT[letter] * 0.26) for letter in text if letter in _PERCENT) > 0


def _bits_of_a_piece(piece: str) -> float:
    """Return the bits of a number, a word, or several words written as one."""
    if piece.isdigit():
        return len(piece) * math.log2(10)
    if len(piece) > _LONGEST_WORD:
        return len(piece) / _LETTERS_OF_A_WORD * _BITS_OF_A_WORD
    return max(_BITS_OF_A_WORD, (len(piece) - _LETTERS_OF_A_WORD) * math.log2(26))


def _bits_of_a_character(text: str) -> float:
    """Return the bits of one character of the smallest common alphabet that contains all characters of `text`.

    The alphabet includes digits even if the text has none, because a short random text may have none by chance.
    """
    if text.isdigit():
        return math.log2(10)
    if is_hexadecimal(text):
        return 4
    if text != text.lower() and text != text.upper():
        return math.log2(62)
    return math.log2(36)


def _fresh_characters(text: str) -> int:
    """Count the characters that end neither a run or keyboard row of five, nor a repetition of five earlier ones."""
    folded = text.lower()
    seen: set[str] = set()
    repeated = 0
    for start in range(len(folded) - _RUN + 1):
        window = folded[start : start + _RUN]
        if window in seen or window in _ON_KEYBOARD or _is_run(window):
            repeated += 1
        seen.add(window)
    return len(folded) - repeated


def _is_run(window: str) -> bool:
    """Return whether the characters are equal, or each is the next or the previous of the one before."""
    step = ord(window[1]) - ord(window[0])
    return -1 <= step <= 1 and all(ord(right) - ord(left) == step for left, right in itertools.pairwise(window))
