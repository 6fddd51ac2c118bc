"""How many random bits a text seems to have: an estimate that tells what a machine made from what a person chose.

Repetitions, runs such as 12345, rows of keys and words count for little. What nobody can see is whether a random text
was published.
"""

from __future__ import annotations

import itertools
import math
import re

__all__ = ["UUID", "capacity", "estimate_bits", "fresh_bits", "is_hexadecimal", "is_worded", "without_separators"]

_BITS_OF_A_WORD = 13  # a word of some eight thousand in use
_LETTERS_OF_A_WORD = 5
_LONGEST_WORD = 20
_SHORTEST_OF_FEW_WORDS = 4
"""Letters or digits, where there are many digits: random characters change between the two more often."""
_RUN = 5
UUID = re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_BITS_OF_A_RANDOM_UUID = 122  # RFC 9562, section 5.4
_BITS_OF_ANOTHER_UUID = 60  # made of a clock and an address
_PIECE = re.compile(r"[A-Za-z]?[a-z]{2,}|[A-Z]{3,}|[0-9]{1,4}")
_VOWEL = re.compile(r"[aeiouy]")
_UNSPEAKABLE = re.compile(r"[^aeiouy]{6}")
_SEPARATORS = re.compile(r"[_+=,.@:/-]")
_PADDING = re.compile(r"=+$")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn")
_PERCENT = {
    letter: percent
    for letters, percent in (
        *(("e", 12.7), ("ta", 8.6), ("oinshr", 6.6), ("dl", 4.1)),
        *(("cumwfgyp", 2.3), ("bvk", 1.1), ("jxqz", 0.12)),
    )
    for letter in letters
}
"""Of each letter in English."""


def estimate_bits(text: str) -> int:
    """Return about how many bits it takes to guess `text`; never more than its alphabet and length allow."""
    bits = float(fresh_bits(text))
    if match := UUID.fullmatch(text):
        return int(min(bits, _BITS_OF_A_RANDOM_UUID if match.group(1) == "4" else _BITS_OF_ANOTHER_UUID))
    if pieces := _words_and_numbers(text):
        bits = min(bits, sum(map(_bits_of_a_piece, pieces)))
    return int(bits)


def fresh_bits(text: str) -> int:
    """Return the bits of the characters that neither repeat nor go on with what came before."""
    bare = _bare(text)
    return int(_fresh_characters(bare) * _bits_of_a_character(bare))


def capacity(text: str) -> int:
    """Return the bits of a random text of this length and alphabet."""
    bare = _bare(text)
    return int(len(bare) * _bits_of_a_character(bare))


def _bare(text: str) -> str:
    """Return the text without what separates its parts. In Base64, `+`, `/`, `-` and `_` are characters like others."""
    unpadded = _PADDING.sub("", text)
    bare = _SEPARATORS.sub("", unpadded)
    is_base64 = bare != bare.lower() and bare != bare.upper() and re.fullmatch(r"[A-Za-z0-9+/_-]*", unpadded)
    return unpadded if is_base64 and not _words_and_numbers(text) else bare


def is_hexadecimal(bare: str) -> bool:
    """Whether all characters are hexadecimal digits, of one case."""
    return re.fullmatch(r"[0-9a-f]*|[0-9A-F]*", bare) is not None


def without_separators(text: str) -> str:
    """Return the text without what may separate its parts."""
    return _SEPARATORS.sub("", text)


def is_worded(text: str) -> bool:
    """Whether the text is made of words and numbers."""
    return bool(_words_and_numbers(text))


def _words_and_numbers(text: str) -> set[str]:
    """Return the different words and numbers of `text`, if it is made of such: words can be spoken."""
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
    """Whether the letters are rather those of English than any, as often as each of them comes."""
    return sum(math.log2(_PERCENT[letter] * 0.26) for letter in text if letter in _PERCENT) > 0


def _bits_of_a_piece(piece: str) -> float:
    """Return the bits of a number, of a word, or of several words that were written as one."""
    if piece.isdigit():
        return len(piece) * math.log2(10)
    if len(piece) > _LONGEST_WORD:
        return len(piece) / _LETTERS_OF_A_WORD * _BITS_OF_A_WORD
    return max(_BITS_OF_A_WORD, (len(piece) - _LETTERS_OF_A_WORD) * math.log2(26))


def _bits_of_a_character(text: str) -> float:
    """Return the bits of a character of the smallest usual alphabet that has all of them.

    A text without a digit is taken for one of an alphabet with digits: a short random text has none by chance.
    """
    if text.isdigit():
        return math.log2(10)
    if is_hexadecimal(text):
        return 4
    if text != text.lower() and text != text.upper():
        return math.log2(62)
    return math.log2(36)


def _fresh_characters(text: str) -> int:
    """Count the characters that neither go on with five in a run or a row of keys, nor repeat five that came before."""
    folded = text.lower()
    seen: set[str] = set()
    count = 0
    for end in range(1, len(folded) + 1):
        last = folded[max(0, end - _RUN) : end]
        steps = {ord(right) - ord(left) for left, right in itertools.pairwise(last)}
        is_run = len(last) == _RUN and len(steps) == 1 and abs(next(iter(steps))) <= 1
        is_row = len(last) == _RUN and any(last in row or last[::-1] in row for row in _KEYBOARD)
        if not (is_run or is_row) and last not in seen:
            count += 1
        if len(last) == _RUN:
            seen.add(last)
    return count
