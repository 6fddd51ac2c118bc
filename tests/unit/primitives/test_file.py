import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leastway.errors import InvalidInputError
from leastway.primitives import file as reading
from leastway.primitives import read_file, write_private


def test_a_file_is_read_completely(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert len(read_file(tmp_path / "a", limit=3_000_000)) == 3_000_000


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: None, "cannot be read: no such file"),
        (lambda path: path.mkdir(), "is not a regular file"),
        (lambda path: path.symlink_to(path), "too many levels of symbolic links"),
        (lambda path: path.symlink_to("/dev/zero"), "is not a regular file"),
        (os.mkfifo, "is not a regular file"),
        (lambda path: path.write_bytes(b"x" * 101), "is larger than 100 bytes"),
    ],
    ids=["missing", "folder", "link to itself", "device", "pipe", "too large"],
)
def test_a_path_that_is_not_a_readable_small_file_is_rejected_immediately(
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
def test_an_invalid_path_is_rejected(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_file(tmp_path / name, limit=100)


def test_a_pipe_is_read_if_pipes_are_allowed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    writer = threading.Thread(target=lambda: (tmp_path / "a").write_bytes(b"y" * 100_000))
    writer.start()
    while writer.is_alive():
        try:
            content = read_file(tmp_path / "a", limit=200_000, pipes=True)
        except InvalidInputError:  # the writer has not opened the pipe yet
            continue
        break
    writer.join()
    assert content == b"y" * 100_000


@pytest.mark.parametrize("opened", [False, True], ids=["without a writer", "with a silent writer"])
def test_reading_a_pipe_without_data_fails_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: bool
) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.2)
    monkeypatch.setattr(reading, "FOR_A_WRITER", 0.2)
    os.mkfifo(tmp_path / "a")
    writer = os.open(tmp_path / "a", os.O_RDWR) if opened else None
    try:
        with pytest.raises(InvalidInputError, match="without a writer"):
            read_file(tmp_path / "a", limit=100, pipes=True)
    finally:
        if writer is not None:
            os.close(writer)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/null")], ids=["pipe", "device"])
def test_only_a_regular_file_is_replaced(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "a")
    before = (tmp_path / "a").lstat().st_ino
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "a", "x")
    assert (tmp_path / "a").lstat().st_ino == before
