"""A log as tiles: where each is, what it holds, and a tree read through them (c2sp.org/tlog-tiles).

A tile is 256 consecutive hashes at every eighth level of the tree, or fewer at the right edge. The entries themselves
are in bundles that belong to the tiles of level 0. Nothing here reads a file or calls a server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from leastway.errors import LeastwayError
from leastway.tlog.merkle import HASH_SIZE, Subtrees, node_hash

__all__ = [
    "CHECKPOINT",
    "MAX_ENTRY",
    "TILE_WIDTH",
    "Bundle",
    "BundleError",
    "Tile",
    "bundles_of",
    "read_bundle",
    "read_tile_path",
    "subtrees_in",
    "tiles_of",
    "write_bundle",
]

CHECKPOINT = "checkpoint"
"""Where a log's checkpoint is, below its prefix."""
TILE_WIDTH = 256
"""Hashes in a full tile, and entries in a full bundle."""
MAX_ENTRY = 0xFFFF
"""Bytes of the longest entry."""
_LEVELS = 8
_PATH = re.compile(r"tile/([0-9]|[1-5][0-9]|6[0-3]|entries)/((?:x[0-9]{3}/){0,6})([0-9]{3})(?:\.p/([0-9]{1,3}))?")


class BundleError(LeastwayError):
    """A bundle of entries that is not one."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One tile of hashes: its level, its index at that level, and how many hashes it has (1 to 256)."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where the tile is below the log's prefix."""
        return f"tile/{self.level}/{_index_path(self.index, self.width)}"


@dataclass(frozen=True, slots=True, order=True)
class Bundle:
    """One bundle of entries: its index, and how many entries it has (1 to 256)."""

    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where the bundle is below the log's prefix."""
        return f"tile/entries/{_index_path(self.index, self.width)}"

    @property
    def start(self) -> int:
        """The index of its first entry."""
        return self.index * TILE_WIDTH


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every tile of a tree of `size` entries, level by level from the leaves up."""
    level, count = 0, size
    while count:
        for index in range(count // TILE_WIDTH):
            yield Tile(level, index)
        if count % TILE_WIDTH:
            yield Tile(level, count // TILE_WIDTH, count % TILE_WIDTH)
        level, count = level + 1, count // TILE_WIDTH


def bundles_of(size: int, start: int = 0) -> Iterator[Bundle]:
    """Yield the bundles of a tree of `size` entries from the one that holds the entry `start` on."""
    for index in range(start // TILE_WIDTH, size // TILE_WIDTH):
        yield Bundle(index)
    if size % TILE_WIDTH and start < size:
        yield Bundle(size // TILE_WIDTH, size % TILE_WIDTH)


def read_tile_path(path: str) -> Tile | Bundle | None:
    """Return the tile or bundle at a path below a log's prefix, or None where the format has no file."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level, above, last, width = found.groups()
    index = int(above.replace("x", "").replace("/", "") + last)
    wide = TILE_WIDTH if width is None else int(width)
    tile = Bundle(index, wide) if level == "entries" else Tile(int(level), index, wide)
    return tile if tile.path == path and 0 < wide <= TILE_WIDTH else None


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Return the bundle of these entries. Errors: ValueError for an entry above 65,535 bytes."""
    written = bytearray()
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise ValueError(f"an entry has {len(entry)} bytes, and at most {MAX_ENTRY} fit")
        written += len(entry).to_bytes(2, "big")
        written += entry
    return bytes(written)


def read_bundle(data: bytes, bundle: Bundle) -> tuple[bytes, ...]:
    """Return the entries of a bundle. Errors: BundleError unless `data` is exactly so many of them."""
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < bundle.width:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise BundleError(f"the file ends within entry {bundle.start + len(entries)}", where=bundle.path)
        entries.append(data[at + 2 : end])
        at = end
    if len(entries) < bundle.width:
        what = f"the file holds {len(entries)} entries, and the tree has {bundle.width} there"
        raise BundleError(what, where=bundle.path)
    if at < len(data):
        what = f"{len(data) - at} bytes follow entry {bundle.start + len(entries) - 1}, the last of the file"
        raise BundleError(what, where=bundle.path)
    return tuple(entries)


def subtrees_in(size: int, tile: Callable[[Tile], bytes], *, keep: int = 64) -> Subtrees:
    """Return the subtrees of a tree of `size` entries, read through its tiles, of which the last `keep` are kept.

    `tile` returns the hashes of a tile, one after the other; it may raise whatever it likes. Errors: LookupError where
    a subtree is not complete in a tree of that size; LeastwayError for a tile of a wrong length.
    """

    @lru_cache(maxsize=keep)
    def hashes(level: int, index: int) -> Sequence[bytes]:
        width = min(TILE_WIDTH, (size >> _LEVELS * level) - index * TILE_WIDTH)
        wanted = Tile(level, index, width)
        data = tile(wanted)
        if len(data) != width * HASH_SIZE:
            what = f"the tile has {len(data)} bytes, and {width} hashes have {width * HASH_SIZE}"
            raise LeastwayError(what, where=wanted.path)
        return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]

    def subtree(level: int, index: int) -> bytes:
        if level < 0 or index < 0 or (index + 1) << level > size:
            raise LookupError(f"a tree of {size} entries has no complete subtree {index} at level {level}")
        tile_level, above = divmod(level, _LEVELS)
        first = index << above
        found = list(hashes(tile_level, first // TILE_WIDTH)[first % TILE_WIDTH :][: 1 << above])
        while len(found) > 1:
            found = [node_hash(found[at], found[at + 1]) for at in range(0, len(found), 2)]
        return found[0]

    return subtree


def _index_path(index: int, width: int) -> str:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *above, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
    path = "".join(f"x{each}/" for each in above) + last
    return path if width == TILE_WIDTH else f"{path}.p/{width}"
