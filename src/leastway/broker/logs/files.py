"""The files of one log in the format of tlog-tiles, from the database.

Full tiles are stored; growing tiles of level 0 are hashed from their entries. Nothing beyond the size that was
published is shown.
"""

from __future__ import annotations

from leastway.store import AuditLog
from leastway.tlog import CHECKPOINT, HASH_SIZE, TILE_WIDTH, Bundle, Tile, leaf_hash, read_tile_path, write_bundle

__all__ = ["LogFiles"]


class LogFiles:
    """The files of the log `number` of an organization at `size` entries, within one transaction."""

    def __init__(self, audit: AuditLog, organization: str, number: int, size: int, checkpoint: str) -> None:
        self._audit = audit
        self._organization = organization
        self._number = number
        self._size = size
        self._checkpoint = checkpoint

    def read(self, path: str) -> bytes | None:
        """Return the file at a path below the log's prefix, or None where the log has none."""
        if path == CHECKPOINT:
            return self._checkpoint.encode()
        match read_tile_path(path):
            case Bundle() as bundle:
                return self._bundle(bundle)
            case Tile() as tile:
                return self.tile(tile)
            case None:
                return None

    def tile(self, tile: Tile) -> bytes | None:
        """Return the hashes of a tile of any width that the log has, one after the other."""
        if tile.level > 7 or tile.index * TILE_WIDTH + tile.width > self._size >> 8 * tile.level:
            return None
        if tile.level or tile.width == TILE_WIDTH:
            hashes = self._audit.tile(self._organization, self._number, tile.level, tile.index)
            return None if hashes is None else hashes[: tile.width * HASH_SIZE]
        return b"".join(map(leaf_hash, self._entries(Bundle(tile.index, tile.width))))

    def _bundle(self, bundle: Bundle) -> bytes | None:
        if bundle.start + bundle.width > self._size:
            return None
        return write_bundle(self._entries(bundle))

    def _entries(self, bundle: Bundle) -> tuple[bytes, ...]:
        return self._audit.entries(self._organization, self._number, bundle.start, bundle.start + bundle.width)
