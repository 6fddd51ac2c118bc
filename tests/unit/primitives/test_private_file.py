import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.primitives import write_private


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Nothing but the code itself keeps others out."""
    before = os.umask(0)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_and_each_folder_that_is_made_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "leastway" / "evidence" / "acme.json"
    write_private(path, "one")
    assert path.read_text() == "one"
    assert _mode(path) == 0o600
    assert [_mode(folder) for folder in path.parents[:3]] == [0o700] * 3


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    write_private(tmp_path / "shared" / "x", "one")
    assert _mode(tmp_path / "shared") == 0o755


def test_a_file_that_others_could_read_is_replaced_by_one_that_they_cannot(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(0o666)
    with path.open() as held:
        write_private(path, "new")
        assert held.read() == "old", "whoever opened it before reads nothing new"
    assert (path.read_text(), _mode(path)) == ("new", 0o600)
    assert os.listdir(tmp_path) == ["x"]  # noqa: PTH208 - names are enough


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(OSError, match="is no file"):
            write_private(tmp_path / name, "x")
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"]  # noqa: PTH208 - names are enough
