"""Masking of known secrets in everything that leaves a run: in several encodings, and across chunks.

Each secret of 8 or more characters is masked as it is, in JSON (also as Go writes it, also twice), as Go quotes it
(`%q`), in base64 (at each of its three alignments, both alphabets), in hexadecimal, and URL-encoded. A text with
several lines is masked as a whole and line by line. Overlapping secrets are masked together. What else a module does
with a secret before it prints it (reverse it, encrypt it, split it) is not found: see the threat model.

Every position is looked up by its 8 bytes in a dictionary, and what may begin at the end of a chunk in a set, so the
time does not depend on the number of secrets, which is the number of sensitive values in a state. That reads some
megabytes a second, without another library.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, quote_plus

from leastway.primitives.go_text import go_quoted
from leastway.primitives.secret import Secret

__all__ = ["MASK", "Masker", "MaskingStream"]

MASK: Final = "***"
SHORTEST: Final = 8
"""The characters of the shortest secret that is masked: shorter ones would mask ordinary words."""

_WINDOW: Final = 8
_PIECE: Final = 512
_STEP: Final = 480
_MASK_BYTES: Final = MASK.encode()


class Masker:
    """Masks what it was told. Thread-safe for reading while it learns more."""

    def __init__(self, secrets: Iterable[str | Secret] = ()) -> None:
        self._by_beginning: dict[bytes, tuple[bytes, ...]] = {}
        self._beginnings: set[bytes] = set()  # of less than 8 bytes
        self._known: set[str] = set()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str | Secret]) -> None:
        """Mask these too, from now on. Those shorter than 8 characters are left out."""
        for secret in secrets:
            text = secret.reveal() if isinstance(secret, Secret) else secret
            for part in {text, *text.splitlines()}:
                if len(part) >= SHORTEST and part not in self._known:
                    self._known.add(part)
                    self._add(part)

    def text(self, text: str) -> str:
        """Return a text that is complete, such as a line, an error or a document, with its secrets masked."""
        data = text.encode("utf-8", "surrogatepass")
        return self.data(data).decode("utf-8", "surrogatepass")

    def data(self, data: bytes) -> bytes:
        """Return complete bytes with their secrets masked."""
        return self.masked(data, is_end=True).passed

    def stream(self) -> MaskingStream:
        """Return a stream that masks what arrives in chunks."""
        return MaskingStream(self)

    def masked(self, data: bytes, *, is_end: bool, covered: int = 0) -> _Masked:
        """Mask what is certain. The first `covered` bytes belong to a secret whose mask was passed on already."""
        known, size = self._by_beginning, len(data)
        cover = _Cover(data, covered)
        for at in range(size - _WINDOW + 1):
            for needle in known.get(data[at : at + _WINDOW], ()):
                if data.startswith(needle, at):
                    cover.add(at, at + len(needle))
                elif not is_end and at + len(needle) > size and needle.startswith(data[at:]):
                    return cover.until(at)
        return cover.until(size if is_end else self._partial(data))

    def _partial(self, data: bytes) -> int:
        """Return where, in the last 7 bytes, a secret may begin; the size if nowhere."""
        for at in range(max(0, len(data) - _WINDOW + 1), len(data)):
            if data[at:] in self._beginnings:
                return at
        return len(data)

    def _add(self, text: str) -> None:
        for piece in _pieces(text):
            for needle in set(_forms(piece)):
                if len(needle) >= _WINDOW:
                    beginning = needle[:_WINDOW]
                    self._by_beginning[beginning] = (*self._by_beginning.get(beginning, ()), needle)
                    self._beginnings.update(needle[:size] for size in range(1, _WINDOW))


class MaskingStream:
    """Masks what arrives in chunks: `feed` returns what is certain, `end` the rest."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._rest = _Masked(b"", b"", 0)

    def feed(self, chunk: bytes) -> bytes:
        """Take a chunk, and return what can be passed on: at most some hundred bytes wait for the next one."""
        return self._passed(chunk, is_end=False)

    def end(self) -> bytes:
        """Return what waited."""
        return self._passed(b"", is_end=True)

    def _passed(self, chunk: bytes, *, is_end: bool) -> bytes:
        rest = self._rest
        self._rest = self._masker.masked(rest.waiting + chunk, is_end=is_end, covered=rest.covered)
        return self._rest.passed


@dataclass(frozen=True, slots=True)
class _Masked:
    """What can be passed on, and what waits, of which the first `covered` bytes are masked already."""

    passed: bytes
    waiting: bytes
    covered: int


class _Cover:
    """The parts of some bytes that secrets cover, found from left to right."""

    def __init__(self, data: bytes, covered: int) -> None:
        self._data = data
        self._pieces: list[bytes] = []
        self._done = 0
        self._begin, self._end = 0, covered
        self._mask = b""  # that of the part from `begin` to `end`; of the first one it was passed on before

    def add(self, begin: int, end: int) -> None:
        """Cover a part, together with the one before if the two overlap."""
        if begin >= self._end:
            self._pass_on()
            self._begin, self._mask = begin, _MASK_BYTES
        self._end = max(self._end, end)

    def until(self, at: int) -> _Masked:
        """Return what is certain before `at`."""
        end = self._end
        self._pass_on()
        if end < at:
            self._pieces.append(self._data[end:at])
        return _Masked(b"".join(self._pieces), self._data[at:], max(0, end - at))

    def _pass_on(self) -> None:
        self._pieces += (self._data[self._done : self._begin], self._mask)
        self._done = self._end


def _pieces(text: str) -> Iterator[str]:
    """Yield a text, or overlapping pieces of a long one, so that a stream has to keep little."""
    if len(text) <= _PIECE:
        yield text
        return
    for start in range(0, len(text) - (_PIECE - _STEP), _STEP):
        yield text[max(0, min(start, len(text) - _PIECE)) :][:_PIECE]


def _forms(text: str) -> Iterator[bytes]:
    for written in {text, go_quoted(text)[1:-1], *_json_forms(text)}:
        yield written.encode("utf-8", "replace")
    data = text.encode("utf-8", "replace")
    for written in (
        quote(data, safe=""),
        quote(data, safe="/"),
        quote(data, safe="!'()*"),
        quote_plus(data),
    ):
        yield written.encode()
        yield _lower_escapes(written).encode()
    yield data.hex().encode()
    yield data.hex().upper().encode()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data)
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        for form in (encoded, encoded.translate(bytes.maketrans(b"+/", b"-_"))):
            yield form[first:last]


def _json_forms(text: str) -> Iterator[str]:
    once = {json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    once |= {_as_go_writes(form) for form in once}
    yield from once
    for form in once:
        for ascii_only in (True, False):
            twice = json.dumps(form, ensure_ascii=ascii_only)[1:-1]
            yield twice
            yield _as_go_writes(twice)


def _as_go_writes(text: str) -> str:
    """Return JSON text with the characters that Go's `encoding/json` also escapes."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _lower_escapes(written: str) -> str:
    head, *rest = written.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in rest)])
