"""Locks that end with their holder."""

from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.primitives import FileLock, advisory_key, held_alone


def test_a_file_is_locked_once_and_free_again_when_its_holder_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FileLock(path) as mine, FileLock(path) as other:
        assert mine.take()
        assert not other.take()
    with FileLock(path) as later:
        assert later.take()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_lock_file_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        FileLock(tmp_path / "missing" / "lock")


def test_a_file_is_held_alone_until_the_block_ends(tmp_path: Path) -> None:
    path, taken = tmp_path / "lock", LeastwayError("it is used")
    with held_alone(path, taken), pytest.raises(LeastwayError, match="it is used"), held_alone(path, taken):
        pass
    with held_alone(path, taken):
        pass


@pytest.mark.parametrize("name", ["missing/lock", "folder"])
def test_a_lock_file_that_cannot_be_used_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with (
        pytest.raises(LeastwayError, match=rf"{name}: the lock file cannot be used: .+ \(check the permissions"),
        held_alone(tmp_path / name, LeastwayError("it is used")),
    ):
        pass


def test_a_number_is_the_same_in_every_process_and_another_for_each_thing() -> None:
    assert advisory_key("the tables") == 155513346767941404
    assert advisory_key("members") != advisory_key("audit logs")
