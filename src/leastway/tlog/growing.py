"""A growing tree with its tiles: appends entries, and returns the tiles that changed, without reading what came before.

In memory are the hashes at the right edge of the tree and those of the growing tile of each level.
"""

from __future__ import annotations

from collections.abc import Sequence

from leastway.tlog.merkle import HASH_SIZE, Frontier, node_hash
from leastway.tlog.tiles import TILE_WIDTH, Tile, bundles_of

__all__ = ["GrowingTree", "growing_files", "growing_tiles", "new_files"]


def growing_tiles(size: int) -> tuple[Tile, ...]:
    """Return the tiles of a tree of `size` entries that are not full, from level 0 up."""
    found, level, count = [], 0, size
    while count:
        if count % TILE_WIDTH:
            found.append(Tile(level, count // TILE_WIDTH, count % TILE_WIDTH))
        level, count = level + 1, count // TILE_WIDTH
    return tuple(found)


def growing_files(size: int) -> frozenset[str]:
    """Return the paths of the tiles and of the bundle of a log of `size` entries that are not full."""
    bundles = bundles_of(size, size - 1) if size % TILE_WIDTH else ()
    return frozenset(one.path for one in (*growing_tiles(size), *bundles))


def new_files(old: int, new: int) -> tuple[str, ...]:
    """Return the paths of the bundles, then of the tiles, that change when a log grows from `old` to `new` entries."""
    if new <= old:
        return ()
    found = [bundle.path for bundle in bundles_of(new, old - old % TILE_WIDTH)]
    level, before, now = 0, old, new
    while now > before:
        full = now // TILE_WIDTH
        found += [Tile(level, index).path for index in range(before // TILE_WIDTH, full)]
        if now % TILE_WIDTH:
            found.append(Tile(level, full, now % TILE_WIDTH).path)
        level, before, now = level + 1, before // TILE_WIDTH, full
    return tuple(found)


class GrowingTree:
    """The right edge of a tree: its size, its root, and the hashes of its growing tiles."""

    __slots__ = ("_changed", "_frontier", "_growing")

    def __init__(self, size: int = 0, edge: Sequence[bytes] = (), growing: Sequence[bytes] = ()) -> None:
        """Go on from a tree of `size` entries.

        `edge` has the hashes of its complete subtrees from left to right, and `growing` those of each tile of
        `growing_tiles(size)`, joined. Errors: ValueError where they do not have the lengths that the size gives, or do
        not agree with each other.
        """
        self._frontier = Frontier(size, edge)
        self._growing: list[list[bytes]] = []
        self._changed: set[int] = set()
        for tile, hashes in zip(growing_tiles(size), growing, strict=True):
            if len(hashes) != tile.width * HASH_SIZE:
                raise ValueError(f"{tile.path} has {len(hashes)} bytes, and needs {tile.width * HASH_SIZE}")
            while len(self._growing) < tile.level:
                self._growing.append([])
            self._growing.append([hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)])
        if _edge_of(self._growing) != list(edge):
            raise ValueError("the growing tiles do not give the hashes at the right edge of the tree")

    @property
    def size(self) -> int:
        """How many entries the tree has."""
        return self._frontier.size

    @property
    def edge(self) -> tuple[bytes, ...]:
        """The hashes of the complete subtrees, from left to right."""
        return self._frontier.edge

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        return self._frontier.root()

    def copy(self) -> GrowingTree:
        """Return a tree that grows apart from this one."""
        other = GrowingTree()
        other._frontier = Frontier(self.size, self.edge)
        other._growing = [list(hashes) for hashes in self._growing]
        return other

    def extend(self, leaves: Sequence[bytes]) -> dict[Tile, bytes]:
        """Append the hashes of entries, and return the tiles to store: full ones, and growing ones above level 0."""
        tiles: dict[Tile, bytes] = {}
        self._changed.clear()
        for leaf in leaves:
            self._frontier.append(leaf)
            self._add(0, leaf, tiles)
        for level in self._changed:
            hashes = self._growing[level]
            if hashes:
                tiles[Tile(level, (self.size >> 8 * level) // TILE_WIDTH, len(hashes))] = b"".join(hashes)
        return tiles

    def _add(self, level: int, hash: bytes, tiles: dict[Tile, bytes]) -> None:  # noqa: A002  # what it is
        if level == len(self._growing):
            self._growing.append([])
        hashes = self._growing[level]
        hashes.append(hash)
        if level:
            self._changed.add(level)
        if len(hashes) == TILE_WIDTH:
            tiles[Tile(level, (self.size >> 8 * level) // TILE_WIDTH - 1)] = b"".join(hashes)
            self._growing[level] = []
            self._add(level + 1, _joined(hashes), tiles)


def _joined(hashes: Sequence[bytes]) -> bytes:
    """Return the root of a power of two of hashes."""
    found = list(hashes)
    while len(found) > 1:
        found = [node_hash(found[at], found[at + 1]) for at in range(0, len(found), 2)]
    return found[0]


def _edge_of(growing: Sequence[Sequence[bytes]]) -> list[bytes]:
    """Return the hashes of the complete subtrees, from left to right, which the growing tiles give."""
    edge: list[bytes] = []
    for hashes in reversed(growing):
        start = 0
        for power in reversed(range(8)):
            if len(hashes) >> power & 1:
                edge.append(_joined(hashes[start : start + (1 << power)]))
                start += 1 << power
    return edge
