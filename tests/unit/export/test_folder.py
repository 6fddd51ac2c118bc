"""Reading and writing the folder of an export, with other files in it."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.export import StateOfFile
from leastway.export.folder import check_folder, write_files


def head(form: str = "aws-cli", grant: str = "acme") -> str:
    return (
        f"# Exported by leastway: x.\n# format: {form}\n# grant: {grant}\n# profile: p 1\n# digest: sha256:{'0' * 64}\n"
    )


FILES = {"111122223333.sh": f"#!/bin/sh\n{head()}", "a/b/rbac.yaml": head()}
SCRIPT = "111122223333.sh"


def states(folder: Path) -> dict[str, tuple[StateOfFile, str]]:
    return {one.path: (one.state, one.why) for one in check_folder(folder, FILES)}


def test_written_files_are_current_and_scripts_are_executable(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    write_files(folder, FILES)
    assert {one.state for one in check_folder(folder, FILES)} == {StateOfFile.CURRENT}
    assert os.access(folder / SCRIPT, os.X_OK)
    assert not stat.S_IMODE((folder / "a/b/rbac.yaml").stat().st_mode) & 0o111
    write_files(folder, FILES)
    assert {path.name for path in folder.rglob("*")} == {SCRIPT, "a", "b", "rbac.yaml"}


def test_files_of_an_absent_folder_are_missing(tmp_path: Path) -> None:
    assert {state for state, _ in states(tmp_path / "nowhere").values()} == {StateOfFile.MISSING}


def test_large_export_is_read_completely(tmp_path: Path) -> None:
    large = {SCRIPT: FILES[SCRIPT] + "# a line\n" * 300_000}
    write_files(tmp_path, large)
    assert [one.state for one in check_folder(tmp_path, large)] == [StateOfFile.CURRENT]


def test_other_files_in_the_folder_are_ignored_or_extra(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\x00\xff" * 1000)
    (tmp_path / "extra.sh").write_text(FILES[SCRIPT])
    (tmp_path / "other-format.yaml").write_text(head("kubernetes"))
    (tmp_path / "other-grant.sh").write_text(head(grant="other"))
    (tmp_path / "nowhere").symlink_to("not-there")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "linked.sh").symlink_to("extra.sh")
    os.mkfifo(tmp_path / "pipe")
    assert {path: state for path, (state, _) in states(tmp_path).items()} == {
        SCRIPT: StateOfFile.CURRENT,
        "a/b/rbac.yaml": StateOfFile.CURRENT,
        "extra.sh": StateOfFile.EXTRA,
        "linked.sh": StateOfFile.EXTRA,
        "nowhere": StateOfFile.UNREADABLE,
    }


def test_folder_or_unreadable_file_is_reported_as_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, FILES)
    (tmp_path / SCRIPT).unlink()
    (tmp_path / SCRIPT).mkdir()
    opened = Path.open

    def refuse(path: Path, *arguments: Any) -> Any:
        if path.name == "rbac.yaml":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments)

    monkeypatch.setattr(Path, "open", refuse)
    assert states(tmp_path) == {
        SCRIPT: (StateOfFile.UNREADABLE, "it is not a file"),
        "a/b/rbac.yaml": (StateOfFile.UNREADABLE, "permission denied"),
    }


def test_files_of_an_unreadable_folder_are_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, FILES)
    listed = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert states(tmp_path) == {
        SCRIPT: (StateOfFile.CURRENT, ""),
        "a": (StateOfFile.UNREADABLE, "permission denied"),
        "a/b/rbac.yaml": (StateOfFile.UNREADABLE, "permission denied"),
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("echo mine\n", "leastway did not write it"),
        (head("terraform"), "as terraform"),
        (head(grant="other"), "the grant other"),
    ],
)
def test_files_of_others_are_not_overwritten(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/rbac.yaml").write_text(text)
    with pytest.raises(LeastwayError, match=reason):
        write_files(tmp_path, FILES)
    assert (tmp_path / "a/b/rbac.yaml").read_text() == text
    assert not (tmp_path / SCRIPT).exists()


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / SCRIPT).symlink_to(elsewhere / "made.sh")
    with pytest.raises(LeastwayError, match="it is a link"):
        write_files(folder, FILES)
    (folder / SCRIPT).unlink()
    (folder / "a").symlink_to(elsewhere)
    with pytest.raises(LeastwayError, match="a is a link"):
        write_files(folder, FILES)
    assert list(elsewhere.iterdir()) == []


def test_file_in_place_of_a_folder_and_folder_in_place_of_a_file_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(LeastwayError, match="is not a folder"):
        write_files(tmp_path, FILES)
    (tmp_path / "a").unlink()
    (tmp_path / SCRIPT).mkdir()
    with pytest.raises(LeastwayError, match="it is not a file"):
        write_files(tmp_path, FILES)
    (tmp_path / "plain").write_text("")
    with pytest.raises(LeastwayError, match=r"not a directory|file exists"):
        write_files(tmp_path / "plain" / "out", FILES)


def test_folder_without_permission_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(LeastwayError, match="permission denied"):
        write_files(tmp_path, FILES)


def test_failed_write_keeps_the_previous_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, FILES)

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(LeastwayError, match="no space left on device"):
        write_files(tmp_path, {SCRIPT: FILES[SCRIPT] + "more"})
    monkeypatch.undo()
    assert (tmp_path / SCRIPT).read_text() == FILES[SCRIPT]
    assert {path.name for path in tmp_path.iterdir()} == {SCRIPT, "a"}
