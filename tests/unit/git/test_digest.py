"""The digest of a tree changes with every path, kind and byte, and with nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from leastway.git.digest import tree_digest


def made(folder: Path) -> Path:
    (folder / "inner").mkdir(parents=True)
    (folder / "a.tf").write_bytes(b"one")
    (folder / "inner" / "b.tf").write_bytes(b"two")
    (folder / "link").symlink_to("a.tf")
    return folder


def relinked(tree: Path) -> None:
    (tree / "link").unlink()
    (tree / "link").symlink_to("b.tf")


_CHANGES: dict[str, Callable[[Path], object]] = {
    "a byte": lambda tree: (tree / "a.tf").write_bytes(b"onE"),
    "a name": lambda tree: (tree / "a.tf").rename(tree / "c.tf"),
    "a program": lambda tree: (tree / "a.tf").chmod(0o755),
    "another target of a link": relinked,
    "a folder": lambda tree: (tree / "empty").mkdir(),
    "two contents exchanged": lambda tree: (
        (tree / "a.tf").write_bytes(b"two"),
        (tree / "inner" / "b.tf").write_bytes(b"one"),
    ),
}


@pytest.mark.parametrize("change", _CHANGES.values(), ids=_CHANGES.keys())
def test_a_change_of_a_tree_changes_its_digest(tmp_path: Path, change: Callable[[Path], object]) -> None:
    tree = made(tmp_path / "tree")
    before = tree_digest(tree)
    change(tree)
    assert tree_digest(tree) != before


def test_parts_that_are_joined_otherwise_are_another_tree(tmp_path: Path) -> None:
    """Without the lengths of the parts, both would be the bytes `afilexfileb`."""
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, name, content in ((one, "a", b"xfileb"), (two, "afilex", b"b")):
        folder.mkdir()
        (folder / name).write_bytes(content)
    assert tree_digest(one) != tree_digest(two)


def test_a_copy_has_the_same_digest(tmp_path: Path) -> None:
    tree = made(tmp_path / "tree")
    shutil.copytree(tree, tmp_path / "copy", symlinks=True)
    os.utime(tmp_path / "copy" / "a.tf", (0, 0))
    assert tree_digest(tmp_path / "copy") == tree_digest(tree)
