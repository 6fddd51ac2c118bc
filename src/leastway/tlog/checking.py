"""A whole log, checked offline: every entry and every tile against the checkpoint, and against an earlier one.

The steps:
1. The checkpoint is of the log that the key names, and signed by it.
2. Every entry is hashed, and compared with its hash in its tile.
3. Every tile is compared with what the hashes below it give.
4. The root is computed from the entries, and compared with the checkpoint's.
5. Against an earlier checkpoint: the log is not shorter, and its first entries give the root that they gave then.

A log that only its owner sees can still be two logs for two readers; that is what witnesses and kept checkpoints are
for: `demand_witnesses` adds the former. The meaning of entries is not checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from leastway.errors import LeastwayError
from leastway.tlog.checkpoint import Checkpoint, SignedCheckpoint, read_checkpoint
from leastway.tlog.merkle import HASH_SIZE, Frontier, leaf_hash
from leastway.tlog.note import NoteError, VerifierKey
from leastway.tlog.tiles import CHECKPOINT, TILE_WIDTH, Bundle, BundleError, Tile, bundles_of, read_bundle

__all__ = ["Fault", "LogCheck", "ReadFile", "check_log", "demand_witnesses"]

ReadFile = Callable[[str], bytes | None]
"""Returns a file of the log by its path below the prefix, or None where there is none; raises where it cannot tell."""

_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a log: the file, and what is wrong there."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class LogCheck:
    """What a check found: the checkpoint, where it is signed and can be read, and at most 20 faults."""

    signed: SignedCheckpoint | None
    faults: tuple[Fault, ...]

    @property
    def is_intact(self) -> bool:
        """Whether the checkpoint is signed, and everything it stands for is there, unchanged."""
        return self.signed is not None and not self.faults


def check_log(
    read: ReadFile,
    log: VerifierKey,
    *,
    earlier: Checkpoint | None = None,
    on_entry: Callable[[int, bytes], None] | None = None,
) -> LogCheck:
    """Check a whole log: its checkpoint, entries and tiles; `on_entry` is called with each entry and its index.

    It reads each file once, and holds one bundle and one tile of each level in memory.
    """
    data = read(CHECKPOINT)
    if data is None:
        return LogCheck(None, (Fault(CHECKPOINT, "the file is missing"),))
    try:
        signed = read_checkpoint(data, log)
    except NoteError as error:
        return LogCheck(None, (Fault(CHECKPOINT, error.what),))
    walk = _Walk(read, signed.checkpoint, earlier)
    walk.run(on_entry)
    return LogCheck(signed, tuple(walk.faults[:_MOST_FAULTS]))


def demand_witnesses(check: LogCheck, log: VerifierKey, witnesses: Iterable[VerifierKey]) -> LogCheck:
    """Return a check with the signatures of these witnesses, or with a fault for each that did not sign."""
    wanted = tuple(witnesses)
    if check.signed is None or not wanted:
        return check
    try:
        signed = read_checkpoint(str(check.signed.note).encode(), log, wanted)
    except NoteError as error:
        return replace(check, faults=(*check.faults, Fault(CHECKPOINT, error.what)))
    missing = [key for key in wanted if key not in dict(signed.witnesses)]
    faults = [Fault(CHECKPOINT, f"the witness {key.name} has not signed the checkpoint") for key in missing]
    return LogCheck(signed, (*check.faults, *faults))


@dataclass(slots=True)
class _Filling:
    """One tile: its position in its level, its hashes, and the tree above them."""

    index: int = 0
    hashes: list[bytes] = field(default_factory=list)
    above: Frontier = field(default_factory=Frontier)


@dataclass(slots=True)
class _Walk:
    read: ReadFile
    checkpoint: Checkpoint
    earlier: Checkpoint | None
    faults: list[Fault] = field(default_factory=list)
    size: int = 0
    """How many entries were added."""
    filling: list[_Filling] = field(default_factory=list)
    """The tile of each level that is being filled. Each node of the tree is hashed once, in one of them."""
    was: bytes | None = None
    """The root that the entries gave at the size of the earlier checkpoint."""

    def run(self, on_entry: Callable[[int, bytes], None] | None) -> None:
        size = self.checkpoint.size
        self._note_earlier()
        for bundle in bundles_of(size):
            entries = self._entries(bundle)
            if entries is None or len(self.faults) > _MOST_FAULTS:
                return
            for number, entry in enumerate(entries, bundle.start):
                self._add(0, leaf_hash(entry))
                self.size += 1
                self._note_earlier()
                if on_entry is not None:
                    on_entry(number, entry)
        for level, tile in enumerate(self.filling):
            if tile.hashes:
                self._compare(Tile(level, tile.index, len(tile.hashes)), tile.hashes)
        if self._root() != self.checkpoint.root:
            self.faults.append(Fault(CHECKPOINT, f"its root is not that of the {size} entries of the log"))
        self._compare_earlier()

    def _note_earlier(self) -> None:
        if self.earlier is not None and self.size == self.earlier.size:
            self.was = self._root()

    def _root(self) -> bytes:
        """Return the root of the entries so far: the top level's tile holds the first bits of the size, and so on."""
        edge = [hash_ for tile in reversed(self.filling) for hash_ in tile.above.edge]
        return Frontier(self.size, edge).root()

    def _compare_earlier(self) -> None:
        if self.earlier is None:
            return
        if self.earlier.size > self.checkpoint.size:
            what = f"the log has {self.checkpoint.size} entries, and had {self.earlier.size} at the earlier checkpoint"
            self.faults.append(Fault(CHECKPOINT, what))
        elif self.was != self.earlier.root:
            what = f"the first {self.earlier.size} entries are not those of the earlier checkpoint"
            self.faults.append(Fault(CHECKPOINT, what))

    def _entries(self, bundle: Bundle) -> tuple[bytes, ...] | None:
        data = self._file(bundle.path)
        try:
            if data is None and bundle.width < TILE_WIDTH:
                whole = Bundle(bundle.index)
                data = self._file(whole.path)
                if data is not None:
                    return read_bundle(data, whole)[: bundle.width]
            if data is None:
                self.faults.append(Fault(bundle.path, "the file is missing"))
                return None
            return read_bundle(data, bundle)
        except BundleError as error:
            self.faults.append(Fault(bundle.path, error.what))
            return None

    def _add(self, level: int, hash: bytes) -> None:  # noqa: A002  # what it is
        if level == len(self.filling):
            self.filling.append(_Filling())
        tile = self.filling[level]
        tile.hashes.append(hash)
        tile.above.append(hash)
        if len(tile.hashes) < TILE_WIDTH:
            return
        self._compare(Tile(level, tile.index), tile.hashes)
        self.filling[level] = _Filling(tile.index + 1)
        self._add(level + 1, tile.above.root())

    def _compare(self, tile: Tile, hashes: list[bytes]) -> None:
        data = self._file(tile.path)
        if data is None and tile.width < TILE_WIDTH:
            data = self._file(Tile(tile.level, tile.index).path)
            data = None if data is None else data[: tile.width * HASH_SIZE]
        if data is None:
            self.faults.append(Fault(tile.path, "the file is missing"))
            return
        if len(data) != tile.width * HASH_SIZE:
            what = f"the file has {len(data)} bytes, and {tile.width} hashes have {tile.width * HASH_SIZE}"
            self.faults.append(Fault(tile.path, what))
            return
        for number, hash_ in enumerate(hashes):
            if data[number * HASH_SIZE : (number + 1) * HASH_SIZE] != hash_:
                first = tile.index * TILE_WIDTH + number
                below = f"entry {first}" if tile.level == 0 else f"tile {first} of level {tile.level - 1}"
                self.faults.append(Fault(tile.path, f"its hash {number} is not that of {below}"))

    def _file(self, path: str) -> bytes | None:
        try:
            return self.read(path)
        except LeastwayError as error:
            raise LeastwayError(error.what, where=error.where or path, fix=error.fix) from error
