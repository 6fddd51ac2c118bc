"""Sealed files: nothing in the clear but the header, and no change goes unnoticed."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.custody import Custody, FileWrappingKey, open_sealed, read_header, seal_to
from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import DamagedError

KEY, OTHER = FileWrappingKey(b"k" * 32), FileWrappingKey(b"o" * 32)
HEADER = {"leastway": "test", "made": "today"}
PIECE = 64 * 1024


def sealed(content: bytes) -> bytes:
    file = io.BytesIO()
    seal_to(file, Custody(KEY), HEADER, [content[at : at + 1000] for at in range(0, len(content), 1000)])
    return file.getvalue()


def opened(data: bytes, key: FileWrappingKey = KEY) -> bytes:
    return b"".join(open_sealed(io.BytesIO(data), Custody(key), where="file"))


@given(st.binary(max_size=200))
def test_what_is_sealed_opens(content: bytes) -> None:
    assert opened(sealed(content)) == content


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7])
def test_content_of_every_number_of_pieces_opens(size: int) -> None:
    content = random.Random(size).randbytes(size)
    assert opened(sealed(content)) == content


def test_the_header_is_in_the_clear_and_the_content_is_not() -> None:
    data = sealed(b"planted-9431" * 20)
    header = read_header(io.BytesIO(data), where="file")
    assert header == HEADER | {"wrapping_key": KEY.id, "wrapped_key": header["wrapped_key"]}
    assert b"planted" not in data


def test_every_flipped_bit_is_found() -> None:
    data = sealed(b"planted-9431" * 3)
    for position in range(len(data)):
        changed = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        with pytest.raises((DamagedError, InvalidInputError, LeastwayError)):
            opened(changed)


def test_a_file_that_is_cut_anywhere_is_found() -> None:
    data = sealed(b"planted-9431" * 3)
    for length in range(len(data)):
        with pytest.raises((DamagedError, InvalidInputError)):
            opened(data[:length])


def pieces_of(data: bytes) -> tuple[bytes, list[bytes]]:
    head = data.index(b"\n") + 1
    header, rest, pieces = data[:head], data[head:], []
    while rest:
        size = 4 + int.from_bytes(rest[:4], "big")
        pieces.append(rest[:size])
        rest = rest[size:]
    return header, pieces


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2), (0, 1), (0,), (), (0, 1, 2, 2), (0, 0, 1, 2), (2,)])
def test_pieces_in_another_order_or_number_are_found(order: tuple[int, ...]) -> None:
    header, pieces = pieces_of(sealed(b"x" * (2 * PIECE + 5)))
    assert len(pieces) == 3
    with pytest.raises(DamagedError):
        opened(header + b"".join(pieces[number] for number in order))


def test_a_piece_of_another_file_is_found() -> None:
    header, pieces = pieces_of(sealed(b"x" * (PIECE + 5)))
    _, others = pieces_of(sealed(b"x" * (PIECE + 5)))
    with pytest.raises(DamagedError, match="piece 2 does not open"):
        opened(header + pieces[0] + others[1])


def test_a_file_under_another_key_names_that_key() -> None:
    with pytest.raises(LeastwayError, match=f"sealed by the wrapping key {KEY.id}"):
        opened(sealed(b"x"), OTHER)


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"{}", b"[1]\n", b'{"a": 1}\n', b"x" * 20_000, b'{"a": "b"}\n', b"\xff\n"]
)
def test_what_is_no_sealed_file_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        opened(data)
