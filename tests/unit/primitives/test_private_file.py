import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.primitives import write_private


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Without a umask, only the code itself keeps others out."""
    before = os.umask(0)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_and_created_folders_are_private(tmp_path: Path) -> None:
    path = tmp_path / "state" / "leastway" / "evidence" / "acme.json"
    write_private(path, "one")
    assert path.read_text() == "one"
    assert _mode(path) == 0o600
    assert [_mode(folder) for folder in path.parents[:3]] == [0o700] * 3


def test_an_existing_folder_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    write_private(tmp_path / "shared" / "x", "one")
    assert _mode(tmp_path / "shared") == 0o755


def test_a_public_file_is_replaced_by_a_private_one(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(0o666)
    with path.open() as held:
        write_private(path, "new")
        assert held.read() == "old", "a reader that opened it before sees nothing new"
    assert (path.read_text(), _mode(path)) == ("new", 0o600)
    assert os.listdir(tmp_path) == ["x"]  # noqa: PTH208 - names are enough


def test_a_path_that_is_not_a_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(OSError, match="is not a file"):
            write_private(tmp_path / name, "x")
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"]  # noqa: PTH208 - names are enough
