"""Tiles and bundles: their names, their contents, and a tree read through them."""

from __future__ import annotations

import pytest

from leastway.errors import LeastwayError
from leastway.tlog import (
    Bundle,
    BundleError,
    Frontier,
    Tile,
    bundles_of,
    leaf_hash,
    read_bundle,
    read_tile_path,
    root_hash,
    subtrees_in,
    tiles_of,
    write_bundle,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 999, 17), "tile/1/999.p/17"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(3, 1234067), "tile/3/x001/x234/067"),
        (Tile(3, 1234067, 1), "tile/3/x001/x234/067.p/1"),
    ],
)
def test_path_of_a_tile_follows_the_format(tile: Tile, path: str) -> None:
    assert tile.path == path


def test_path_of_a_bundle_follows_the_format() -> None:
    assert Bundle(1234067, 5).path == "tile/entries/x001/x234/067.p/5"


def test_a_tree_of_70000_entries_has_the_tiles_of_the_format_s_example() -> None:
    tiles = list(tiles_of(70_000))
    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles) == 273
    assert [tile for tile in tiles if tile.width < 256 or tile.level] == [
        Tile(0, 273, 112),
        Tile(1, 0),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]


def test_a_tree_of_256_entries_has_a_full_tile_and_one_of_width_1_above_it() -> None:
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert not list(tiles_of(0))


def test_bundles_begin_with_the_one_that_holds_the_first_wanted_entry() -> None:
    assert list(bundles_of(600, 300)) == [Bundle(1), Bundle(2, 88)]
    assert not list(bundles_of(600, 600))


def test_a_bundle_is_read_back() -> None:
    entries = (b"", b"one", b"x" * 65_535)
    assert read_bundle(write_bundle(entries), Bundle(0, 3)) == entries


def test_an_entry_that_is_too_long_is_rejected() -> None:
    with pytest.raises(ValueError, match="65536 bytes, and at most 65535 fit"):
        write_bundle([b"x" * 65_536])


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x00\x01a\x00", "the file ends within entry 1"),
        (b"\x00\x01a\x00\x02b", "the file ends within entry 1"),
        (b"\x00\x01a", "the file holds 1 entries, and the tree has 2 there"),
        (b"\x00\x01a\x00\x01bc", "1 bytes follow entry 1, the last of the file"),
    ],
)
def test_a_bundle_of_another_shape_is_rejected(data: bytes, what: str) -> None:
    with pytest.raises(BundleError) as caught:
        read_bundle(data, Bundle(0, 2))
    assert (caught.value.what, caught.value.where) == (what, "tile/entries/000.p/2")


def _tiles(size: int) -> dict[Tile, bytes]:
    """Return the tiles of a tree of the entries 0 to size - 1, made level by level."""
    hashes = [leaf_hash(str(number).encode()) for number in range(size)]
    tiles: dict[Tile, bytes] = {}
    level = 0
    while hashes:
        above = []
        for index in range(0, len(hashes), 256):
            part = hashes[index : index + 256]
            tiles[Tile(level, index // 256, len(part))] = b"".join(part)
            if len(part) == 256:
                edge = Frontier()
                for each in part:
                    edge.append(each)
                above.append(edge.root())
        hashes, level = above, level + 1
    return tiles


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 700, 65_536, 66_000])
def test_a_tree_read_through_its_tiles_has_the_root_of_its_entries(size: int) -> None:
    frontier = Frontier()
    for number in range(size):
        frontier.append(leaf_hash(str(number).encode()))
    tiles = _tiles(size)
    assert set(tiles) == set(tiles_of(size))
    assert root_hash(subtrees_in(size, tiles.__getitem__), size) == frontier.root()


def test_a_subtree_that_is_not_complete_is_not_returned() -> None:
    with pytest.raises(LookupError, match="no complete subtree 1 at level 1"):
        subtrees_in(3, _tiles(3).__getitem__)(1, 1)


def test_a_tile_of_a_wrong_length_is_rejected() -> None:
    with pytest.raises(LeastwayError, match=r"31 bytes, and 1 hashes have 32"):
        subtrees_in(1, lambda _: bytes(31))(0, 0)


@pytest.mark.parametrize("tile", [Tile(0, 0), Tile(63, 1234067, 255), Bundle(0), Bundle(1000, 1)])
def test_a_path_of_a_tile_is_read_back(tile: Tile | Bundle) -> None:
    assert read_tile_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "checkpoint",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/300",
        "tile/0/000.p/01",
        "tile/../000",
        "tile/entries/000/",
    ],
)
def test_a_path_that_the_format_does_not_have_names_no_tile(path: str) -> None:
    assert read_tile_path(path) is None
