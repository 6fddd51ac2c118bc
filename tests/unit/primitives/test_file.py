import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leastway.errors import InvalidInputError
from leastway.primitives import file as reading
from leastway.primitives import read_file, write_private


def test_a_file_is_read_to_its_last_byte(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert len(read_file(tmp_path / "a", limit=3_000_000)) == 3_000_000


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: None, "cannot be read: no such file"),
        (lambda path: path.mkdir(), "is no regular file"),
        (lambda path: path.symlink_to(path), "too many levels of symbolic links"),
        (lambda path: path.symlink_to("/dev/zero"), "is no regular file"),
        (os.mkfifo, "is no regular file"),
        (lambda path: path.write_bytes(b"x" * 101), "is over 100 bytes"),
    ],
    ids=["missing", "folder", "link to itself", "device", "pipe", "too large"],
)
def test_what_is_no_file_of_a_sane_size_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], None], what: str
) -> None:
    make(tmp_path / "a")
    began = time.monotonic()
    with pytest.raises(InvalidInputError, match=what) as caught:
        read_file(tmp_path / "a", limit=100)
    assert time.monotonic() - began < 5
    assert caught.value.where == str(tmp_path / "a")
    assert caught.value.fix


@pytest.mark.parametrize("name", ["a\0b", "x" * 300])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_file(tmp_path / name, limit=100)


def test_a_pipe_is_read_where_it_may_be_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    writer = threading.Thread(target=lambda: (tmp_path / "a").write_bytes(b"y" * 100_000))
    writer.start()
    while writer.is_alive():
        try:
            content = read_file(tmp_path / "a", limit=200_000, pipes=True)
        except InvalidInputError:  # the writer is not there yet
            continue
        break
    writer.join()
    assert content == b"y" * 100_000


@pytest.mark.parametrize("opened", [False, True], ids=["without a writer", "with a writer who says nothing"])
def test_a_pipe_into_which_nobody_writes_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: bool
) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.2)
    monkeypatch.setattr(reading, "FOR_A_WRITER", 0.2)
    os.mkfifo(tmp_path / "a")
    writer = os.open(tmp_path / "a", os.O_RDWR) if opened else None
    try:
        with pytest.raises(InvalidInputError, match="nobody writes"):
            read_file(tmp_path / "a", limit=100, pipes=True)
    finally:
        if writer is not None:
            os.close(writer)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/null")], ids=["pipe", "device"])
def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "a")
    before = (tmp_path / "a").lstat().st_ino
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "a", "x")
    assert (tmp_path / "a").lstat().st_ino == before
