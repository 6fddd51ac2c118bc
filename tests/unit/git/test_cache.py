"""The cache of trees: complete or not there, unchanged, and bounded."""

import os
import threading
import time
from pathlib import Path

import pytest

from leastway.git import SourceCache
from leastway.git.digest import tree_digest

URL = "https://git.example.org/x"


def put(cache: SourceCache, commit: str, text: str = "one") -> None:
    with cache.new_folder() as folder:
        (folder / "tree").mkdir()
        (folder / "tree" / "main.tf").write_text(text)
        cache.put(folder / "tree", URL, commit)


def test_a_tree_is_copied_with_its_digest_for_its_url_and_commit_alone(tmp_path: Path) -> None:
    cache = SourceCache(tmp_path / "cache")
    put(cache, "1")
    digest = cache.copy(URL, "1", tmp_path / "to")
    assert digest == tree_digest(tmp_path / "to")
    assert (tmp_path / "to" / "main.tf").read_text() == "one"
    assert cache.copy(URL, "2", tmp_path / "other") is None
    assert cache.copy("https://git.example.org/y", "1", tmp_path / "other") is None
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("change", ["content", "missing", "more", "digest"])
def test_a_tree_that_changed_in_the_cache_is_as_if_it_was_not_there(tmp_path: Path, change: str) -> None:
    """As a power failure leaves it, or somebody with access to the folder."""
    cache = SourceCache(tmp_path / "cache")
    put(cache, "1")
    (entry,) = (tmp_path / "cache").iterdir()
    match change:
        case "content":
            (entry / "tree" / "main.tf").write_bytes(b"")
        case "missing":
            (entry / "tree" / "main.tf").unlink()
        case "more":
            (entry / "tree" / "more.tf").write_text("")
        case _:
            (entry / "digest").write_text("")
    assert cache.copy(URL, "1", tmp_path / "to") is None
    assert not (tmp_path / "to").exists()
    put(cache, "1")
    assert cache.copy(URL, "1", tmp_path / "to") is not None


def test_those_unused_for_the_longest_time_go_first(tmp_path: Path) -> None:
    cache = SourceCache(tmp_path / "cache", keep=2)
    for index, commit in enumerate(("1", "2", "3")):
        put(cache, commit)
        for entry in (tmp_path / "cache").iterdir():
            if entry.name.endswith(f"-{commit}"):
                os.utime(entry, (1000 + index, 1000 + index))
    assert cache.copy(URL, "1", tmp_path / "first") is not None  # used, so it stays
    with cache.new_folder():
        pass
    assert cache.copy(URL, "2", tmp_path / "second") is None
    assert cache.copy(URL, "3", tmp_path / "third") is not None


def test_what_a_killed_fetch_left_is_removed_later(tmp_path: Path) -> None:
    cache = SourceCache(tmp_path / "cache")
    for name, age in ((".partial-old", 7 * 3600), (".partial-new", 60)):
        (tmp_path / "cache" / name).mkdir()
        os.utime(tmp_path / "cache" / name, (time.time() - age,) * 2)
    with cache.new_folder():
        pass
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [".partial-new"]


def test_fetches_of_one_commit_at_the_same_time_all_succeed(tmp_path: Path) -> None:
    cache = SourceCache(tmp_path / "cache", keep=1)
    failed: list[Exception] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                put(cache, str(turn % 2))
                cache.copy(URL, str(turn % 2), tmp_path / f"to-{number}-{turn}")
        except Exception as error:  # noqa: BLE001 - any error fails the test
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for copied in tmp_path.glob("to-*"):
        assert (copied / "main.tf").read_text() == "one"
