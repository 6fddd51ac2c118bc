"""A growing tree, and the tiles that it gives."""

import pytest

from leastway.tlog import (
    HASH_SIZE,
    Frontier,
    GrowingTree,
    Tile,
    bundles_of,
    growing_files,
    growing_tiles,
    leaf_hash,
    new_files,
    tiles_of,
)
from tests.unit.tlog.logs import entries_of, log_of

SIZES = (0, 1, 255, 256, 257, 511, 512, 700)


def _leaves(size: int) -> list[bytes]:
    return [leaf_hash(entry) for entry in entries_of(size)]


@pytest.mark.parametrize("step", [1, 7, 256, 1000])
def test_the_tiles_are_those_of_the_whole_log(step: int) -> None:
    leaves, log = _leaves(700), log_of(entries_of(700))
    tree = GrowingTree()
    stored: dict[str, bytes] = {}
    for start in range(0, 700, step):
        stored |= {tile.path: data for tile, data in tree.extend(leaves[start : start + step]).items()}
    for tile in tiles_of(700):
        if tile.width == 256 or tile.level:
            assert stored[tile.path] == log[tile.path]
    assert tree.root() == _frontier(leaves).root()


@pytest.mark.parametrize("size", SIZES)
def test_a_tree_goes_on_from_its_edge_and_its_growing_tiles(size: int) -> None:
    leaves, log = _leaves(1500), log_of(entries_of(size))
    resumed = GrowingTree(size, _frontier(leaves[:size]).edge, [log[tile.path] for tile in growing_tiles(size)])
    grown = GrowingTree()
    grown.extend(leaves[:size])
    assert resumed.extend(leaves[size:]) == grown.extend(leaves[size:])
    assert resumed.root() == grown.root() == _frontier(leaves).root()


def test_a_large_tree_has_tiles_at_several_levels() -> None:
    leaf = leaf_hash(b"the same")
    tree = GrowingTree()
    tiles = tree.extend([leaf] * (2 * 256 * 256 + 256))
    assert {tile.level: sum(one.level == tile.level for one in tiles) for tile in tiles} == {0: 513, 1: 3, 2: 1}
    assert len(tiles[Tile(2, 0, 2)]) == 2 * HASH_SIZE
    assert len(tiles[Tile(1, 2, 1)]) == HASH_SIZE


def test_a_copy_grows_apart() -> None:
    leaves = _leaves(300)
    tree = GrowingTree()
    tree.extend(leaves[:100])
    before = tree.root()
    tree.copy().extend(leaves[100:])
    assert (tree.size, tree.root()) == (100, before)


@pytest.mark.parametrize("at", range(3))
def test_a_flipped_byte_in_a_growing_tile_is_refused(at: int) -> None:
    leaves, log = _leaves(259), log_of(entries_of(259))
    growing = [bytearray(log[tile.path]) for tile in growing_tiles(259)]
    growing[0 if at < 2 else 1][at * 32 % 64] ^= 1
    with pytest.raises(ValueError, match="do not give the hashes"):
        GrowingTree(259, _frontier(leaves).edge, [bytes(each) for each in growing])


def test_a_tile_of_a_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="has 31 bytes, and needs 32"):
        GrowingTree(1, [leaf_hash(b"")], [leaf_hash(b"")[:31]])


def _frontier(leaves: list[bytes]) -> Frontier:
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier


@pytest.mark.parametrize("old", [0, 1, 255, 256, 300, 65_536, 70_000])
@pytest.mark.parametrize("new", [1, 256, 300, 511, 65_536, 70_000, 131_072])
def test_new_files_are_those_that_the_smaller_log_has_not(old: int, new: int) -> None:
    def files(size: int) -> set[str]:
        return {tile.path for tile in tiles_of(size)} | {bundle.path for bundle in bundles_of(size)}

    if new > old:
        assert sorted(new_files(old, new)) == sorted(files(new) - files(old))
        assert growing_files(old) - growing_files(new) == files(old) - files(new)
    else:
        assert new_files(old, new) == ()
    assert growing_files(new) == {path for path in files(new) if ".p/" in path}
