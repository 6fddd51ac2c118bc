"""What a sandbox left is read without following it anywhere."""

import os
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.isolation import read_left


def test_a_file_is_read_also_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "plan.json").write_bytes(b"{}")
    assert read_left(tmp_path, "inner/plan.json", limit=2) == b"{}"


def test_what_is_no_file_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("open-sesame")
    folder = tmp_path / "left"
    folder.mkdir()
    (folder / "link").symlink_to(outside / "secret")
    (folder / "through").symlink_to(outside)
    (folder / "folder").mkdir()
    (folder / "large").write_bytes(b"12345")
    os.mkfifo(folder / "pipe")
    for name in (
        "link",
        "through/secret",
        "folder",
        "large",
        "pipe",
        "missing",
        "../outside/secret",
        "",
        "/etc/passwd",
    ):
        with pytest.raises(LeastwayError):
            read_left(folder, name, limit=4)
