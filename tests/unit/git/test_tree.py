"""Trees: links stay within, and the revision's commit is read from what a repository lists."""

from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.git.revision import commit_of
from leastway.git.tree import check_tree, folder_within

ONE, TWO, TAG = "1" * 40, "2" * 40, "3" * 40


def test_links_within_the_tree_are_kept_and_others_refused(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    (tree / "a" / "file").write_text("")
    (tree / "a" / "b" / "within").symlink_to("../file")
    (tree / "a" / "b" / "top").symlink_to("../..")
    (tree / "a" / "nowhere").symlink_to("b/missing")
    check_tree(tree, where="w")
    for target in ("/etc", "../../../tree-other", "../../..", "../../../tree/a", "top/../x"):
        (tree / "a" / "b" / "leaving").symlink_to(target)
        with pytest.raises(LeastwayError, match="leads out"):
            check_tree(tree, where="w")
        (tree / "a" / "b" / "leaving").unlink()


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(LeastwayError, match="leads out"):
        check_tree(tmp_path, where="w")


def test_a_folder_of_a_repository_in_the_tree_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inner" / ".GIT").mkdir(parents=True)
    with pytest.raises(LeastwayError, match=r"inner/\.GIT"):
        check_tree(tmp_path, where="w")


def test_a_folder_is_found_without_links(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    assert folder_within(tmp_path, "", where="w") == tmp_path
    assert folder_within(tmp_path, "./a/", where="w") == tmp_path / "a"
    for path in ("link", "a/..", "b"):
        with pytest.raises(LeastwayError):
            folder_within(tmp_path, path, where="w")


def test_a_tag_means_the_commit_that_it_names() -> None:
    listed = f"{TAG}\trefs/tags/v1\n{ONE}\trefs/tags/v1^{{}}\n{TWO}\trefs/heads/v1/old\n"
    assert commit_of("v1", listed, where="w") == ONE
    assert commit_of("refs/tags/v1", listed, where="w") == ONE
    assert commit_of("", f"{TWO}\tHEAD\n", where="w") == TWO


def test_lines_that_are_not_refs_are_ignored() -> None:
    with pytest.raises(LeastwayError, match="no branch or tag main"):
        commit_of("main", f"{ONE} refs/heads/main\nwarning\n{ONE[:-1]}\trefs/heads/main\n", where="w")
