"""What a sandbox may be asked for is checked before anything starts."""

from pathlib import Path
from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.isolation import Sandbox
from leastway.primitives import Secret

RUN = Path("/srv/runs/one")


def sandbox(**changes: Any) -> Sandbox:
    given: dict[str, Any] = {"command": ("/bin/true",), "folder": RUN, "writable": (RUN,)}
    return Sandbox(**given | changes)


@pytest.mark.parametrize(
    "path", ["/", "/etc", "/home", "runs/one", "/srv/../etc/x", "/proc/1/root", "/sys/fs/x", "/dev/shm/x", "/a/b\0c"]
)
@pytest.mark.parametrize("how", ["read_only", "writable"])
def test_only_folders_below_a_top_level_folder_are_bound(path: str, how: str) -> None:
    with pytest.raises(InvalidInputError):
        sandbox(**{how: (Path(path),)})


@pytest.mark.parametrize(
    "changes",
    [
        {"command": ()},
        {"command": ("true",)},
        {"command": ("/bin/true", "a\0b")},
        {"environment": {"A B": "x"}},
        {"environment": {"A": "x\0y"}},
        {"environment": {"A": Secret("x\0y")}},
        {"files": {"/tmp/x": b""}},
        {"files": {"/tmp/x/../../etc/passwd": b""}},
        {"files": {"/etc/x/y": b""}},
        {"ports": (0,)},
        {"ports": (70000,)},
        {"ports": (80, 80)},
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        sandbox(**changes)


def test_secrets_and_files_are_not_in_its_representation() -> None:
    shown = repr(sandbox(environment={"TOKEN": Secret("open-sesame")}, files={"/tmp/x/y": b"open-sesame"}))
    assert "open-sesame" not in shown
