"""A control group gets its limits, and is refused where it was not delegated.

The kernel makes the files of a group. The folder of this test has a file system that does not, so the test makes them.
"""

import os
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.isolation import Limits
from leastway.isolation.control_group import ControlGroup

FILES = ("memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cgroup.procs")


def like_the_kernel(monkeypatch: pytest.MonkeyPatch, files: tuple[str, ...]) -> None:
    plain = Path.mkdir

    def mkdir(path: Path, *arguments: object, **keywords: object) -> None:
        plain(path)
        for name in files:
            (path / name).touch()

    monkeypatch.setattr(Path, "mkdir", mkdir)


def test_memory_and_processes_are_limited_and_a_process_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    like_the_kernel(monkeypatch, FILES)
    group = ControlGroup(tmp_path, Limits(memory=1000, processes=7))
    group.add(os.getpid())
    (made,) = tmp_path.iterdir()
    assert {name: (made / name).read_text() for name in FILES} == {
        "memory.max": "1000",
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "pids.max": "7",
        "cgroup.procs": str(os.getpid()),
    }


def test_a_kernel_without_swap_has_no_file_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    like_the_kernel(monkeypatch, tuple(name for name in FILES if "swap" not in name))
    ControlGroup(tmp_path, Limits())


def test_a_folder_that_was_not_delegated_is_refused_and_nothing_stays(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(LeastwayError, match="control group") as raised:
            ControlGroup(folder, Limits())
        assert raised.value.fix
    assert not list(tmp_path.iterdir())
