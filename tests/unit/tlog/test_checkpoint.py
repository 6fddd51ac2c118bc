"""Checkpoints: their text, and what is not one."""

from __future__ import annotations

import pytest

from leastway.tlog import Checkpoint, NoteError, SignedNote, read_checkpoint
from tests.unit.tlog.logs import LOG

_ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


def _signed(text: str) -> bytes:
    return str(SignedNote(text, (LOG.sign(text),))).encode()


def test_a_checkpoint_is_written_as_the_format_says_and_read_back() -> None:
    text = f"example.com/log\n20852163\n{_ROOT}\n"
    checkpoint = read_checkpoint(_signed(text), LOG.key).checkpoint
    assert (checkpoint.origin, checkpoint.size, str(checkpoint)) == ("example.com/log", 20852163, text)


def test_extension_lines_are_kept() -> None:
    text = f"example.com/log\n0\n{_ROOT}\none more\n"
    checkpoint = read_checkpoint(_signed(text), LOG.key).checkpoint
    assert (checkpoint.extensions, str(checkpoint)) == (("one more",), text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("example.com/log\n", "needs an origin, a size and a root"),
        (f"\n1\n{_ROOT}\n", "needs an origin, a size and a root"),
        (f"example.com/log\n01\n{_ROOT}\n", "not the size of a tree"),
        (f"example.com/log\n-1\n{_ROOT}\n", "not the size of a tree"),
        (f"example.com/log\n{'9' * 20}\n{_ROOT}\n", "not the size of a tree"),
        ("example.com/log\n1\nAAAA\n", "not a SHA-256 hash"),
        (f"example.com/log\n1\n{_ROOT[:-2]}J=\n", "not a SHA-256 hash"),
        ("example.com/log\n1\n!\n", "not a SHA-256 hash"),
    ],
)
def test_a_signed_text_that_is_not_a_checkpoint_is_rejected(text: str, what: str) -> None:
    with pytest.raises(NoteError, match=what):
        read_checkpoint(_signed(text), LOG.key)


@pytest.mark.parametrize(("origin", "extensions"), [("", ()), ("a\nb", ()), ("a", ("",)), ("a", ("b\nc",))])
def test_a_checkpoint_of_several_lines_in_one_is_not_made(origin: str, extensions: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="one line that is not empty"):
        Checkpoint(origin, 0, bytes(32), extensions)
