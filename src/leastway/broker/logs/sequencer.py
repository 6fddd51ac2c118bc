"""Gives pending entries their positions, and signs the tree that they give: positions, tiles, the right edge of the
tree and the checkpoint are written in one transaction.

For each log, before the first entry is added:
1. The growing tiles and the right edge are read from the database; they must agree with each other and with the
   database's checkpoint.
2. The last published checkpoint, from its file, must be the beginning of this tree.
3. If one of both fails, the tree is never signed again: a new log begins, whose first entry has the checkpoint of the
   log before it. The old entries stay where they are.
4. A log that was signed with an earlier key ends before: its last entry, the last that the earlier key signs, names the
   key of its successor.
5. Without a file, the database is trusted only if other processes use it at the moment. Before an organization's first
   log begins, the file gets the empty tree, so that a server that is killed at that moment goes on with the same log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leastway.audit import LOG_BEGAN, LOG_ENDED, Actor, Entry, EntryError, read_entry
from leastway.broker.logs.files import LogFiles
from leastway.broker.logs.records import Record, Records, log_name
from leastway.errors import LeastwayError
from leastway.store import LogHead, NewEntry, Transaction
from leastway.tlog import (
    EMPTY_ROOT,
    HASH_SIZE,
    Checkpoint,
    GrowingTree,
    NoteError,
    Signer,
    Tile,
    VerifierKey,
    growing_tiles,
    leaf_hash,
    read_checkpoint,
    root_hash,
    subtrees_in,
)

__all__ = ["Sequenced", "Sequencer", "SignerOf", "ended_logs", "is_published_beginning"]

SignerOf = Callable[[str], Signer]
"""Returns the signer for the log of this origin, by which the signer's key is named."""

_MOST = 4096
"""Pending entries that get their positions in one transaction."""

_REASONS: Final = {
    "smaller": "the database has fewer entries than were published: it was restored, or lags behind",
    "different": "the database's entries are not those that were published",
    "damaged": "the log's tiles, edge and checkpoint in the database do not agree with each other",
    "no-record": "no record outside the database shows what was published",
    "damaged-record": "the record outside the database is damaged",
    "new-key": "the server has another key",
}


@dataclass(frozen=True, slots=True)
class _Log:
    head: LogHead
    tree: GrowingTree


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What one transaction gave positions: the logs that grew. It counts once the transaction is committed."""

    logs: Mapping[str, _Log]
    began: tuple[tuple[str, str], ...] = ()
    """The origins of logs that replace another, each with the reason."""
    is_complete: bool = True
    """Whether no pending entry that the transaction saw is left."""

    @property
    def records(self) -> tuple[Record, ...]:
        """The checkpoints to record and publish."""
        return tuple(Record(one.head.organization, one.head.number, one.head.checkpoint) for one in self.logs.values())


class Sequencer:
    """Sequences the logs of one database. One thread uses it at a time."""

    def __init__(
        self,
        name: str,
        signer_of: SignerOf,
        records: Records,
        *,
        earlier: Sequence[SignerOf] = (),
        is_current: Callable[[Transaction], bool] = lambda _: True,
    ) -> None:
        """Sequence logs whose origins begin with `name`; its organization's id follows.

        `earlier` are signers with keys from before; `is_current` is whether the key has not been changed meanwhile.
        """
        self._earlier = earlier
        self._is_current = is_current
        self._name = name
        self._signer_of = signer_of
        self._records = records
        self._known: dict[str, _Log] = {}
        self._signers: dict[str, Signer] = {}

    def end(self, transaction: Transaction, *, trust: bool) -> Sequenced:
        """End each log of an earlier key: its last entry names the key of the log that `start` then begins.

        What is published of it must be recorded before `start`. `trust` and the turn as in `start`.
        """
        work = _Work(transaction)
        for organization, head in transaction.audit.heads().items() if self._earlier else ():
            if head.key == str(self._signer(head.origin).key):
                continue
            record = self._records.last(organization)
            objection, tree = self._read(transaction, head, record, trust=trust)
            origin = self._origin(organization, max(head.number, record.number if record else 0) + 1)
            successor = str(self._signer(origin).key)
            if objection is not None or tree is None or _successor(transaction, head) == successor:
                continue
            details = {"successor": successor, "why": _REASONS["new-key"]}
            row = NewEntry.of(Entry(organization, transaction.now, Actor(), LOG_ENDED, head.origin, details=details))
            work.appended.append((head.number, tree.size, [row]))
            work.grow(_Log(head, tree), [leaf_hash(row.data)])
        return self._written(work, is_complete=True)

    def start(self, transaction: Transaction, *, trust: bool) -> Sequenced:
        """Compare every log with its record, and begin new ones where needed.

        `trust` accepts a log without a record, because other processes use the database. On a shared database the
        caller has the turn.
        """
        self._known = {}
        work = _Work(transaction)
        for organization, head in transaction.audit.heads().items():
            self._log(work, organization, head, trust=trust)
        return self._written(work, is_complete=True)

    def sequence(
        self, transaction: Transaction, fresh: Sequence[NewEntry] = (), *, only_fresh: bool = False
    ) -> Sequenced | None:
        """Give pending entries their positions, then those of `fresh`, which are not in the database yet.

        Return None if another process has the turn; `fresh` is for a database that is not shared. `only_fresh` leaves
        the pending ones for later.
        """
        if not transaction.audit.take_turn():
            return None
        pending = () if only_fresh else transaction.audit.pending(_MOST)
        if not pending and not fresh:
            return Sequenced({})
        work = _Work(transaction)
        waiting: dict[str, list[int]] = defaultdict(list)
        leaves: dict[str, list[bytes]] = defaultdict(list)
        for one in pending:
            waiting[one.organization].append(one.id)
            leaves[one.organization].append(leaf_hash(one.data))
        new: dict[str, list[NewEntry]] = defaultdict(list)
        for entry in fresh:
            new[entry.organization].append(entry)
            leaves[entry.organization].append(leaf_hash(entry.data))
        heads = self._heads(transaction, leaves)
        placed: list[tuple[int, int, int]] = []
        for organization, added in leaves.items():
            log = self._log(work, organization, heads.get(organization), trust=True)
            number, start = log.head.number, log.tree.size
            placed += [(id_, number, at) for at, id_ in enumerate(waiting[organization], start)]
            work.appended.append((number, start + len(waiting[organization]), new[organization]))
            work.grow(log, added)
        transaction.audit.place(placed)
        return self._written(work, is_complete=len(pending) < _MOST)

    def accept(self, sequenced: Sequenced) -> None:
        """Go on from what was committed."""
        self._known |= sequenced.logs

    def _heads(self, transaction: Transaction, organizations: Collection[str]) -> Mapping[str, LogHead]:
        """Return how far these logs are, from memory where nobody else can have advanced them."""
        known = {one: self._known[one].head for one in organizations if one in self._known}
        if transaction.audit.is_shared or len(known) < len(organizations):
            return transaction.audit.heads(organizations)
        return known

    def _written(self, work: _Work, *, is_complete: bool) -> Sequenced:
        """Sign and store every log that grew."""
        for number, start, entries in work.appended:
            work.transaction.audit.append_placed(number, start, entries)
        done: dict[str, _Log] = {}
        for organization, log in work.grown.items():
            checkpoint = Checkpoint(log.head.origin, log.tree.size, log.tree.root())
            head = replace(
                log.head,
                size=log.tree.size,
                edge=b"".join(log.tree.edge),
                checkpoint=str(checkpoint.signed(self._known_signer(log.head) or self._signer(log.head.origin))),
            )
            if organization in work.begun:
                work.transaction.audit.begin(head)
            else:
                work.transaction.audit.advance(head, work.transaction.shared_now)
            for tile, hashes in work.tiles[organization].items():
                work.transaction.audit.put_tile(organization, head.number, tile.level, tile.index, hashes)
            done[organization] = _Log(head, log.tree)
        return Sequenced(done | work.trusted, tuple(work.replaced), is_complete)

    def _log(self, work: _Work, organization: str, head: LogHead | None, *, trust: bool) -> _Log:
        """Return the log that grows, which may be a new one."""
        known = self._known.get(organization)
        if known is not None and known.head == head:
            return _Log(head, known.tree.copy())
        record = self._records.last(organization)
        if head is None:
            if record is None:
                self._records.write(Record(organization, 1, self._empty(organization)))
                return self._begin(work, organization, 1)
            if record == Record(organization, 1, self._empty(organization)):
                return self._begin(work, organization, 1)
            return self._replace(work, organization, record.number + 1, record.text, "smaller")
        number = max(head.number, record.number if record else 0) + 1
        objection, tree = self._read(work.transaction, head, record, trust=trust)
        if objection is None and head.key != str(self._signer(head.origin).key):
            objection = "new-key"
        if objection == "new-key" and not self._is_current(work.transaction):
            raise LeastwayError(
                "the key of the audit logs was changed by another process",
                fix="restart this process: it then signs with the new key",
            )
        if objection is not None or tree is None:
            published = record.text if record is not None else head.checkpoint
            return self._replace(work, organization, number, published, objection or "damaged")
        log = _Log(head, tree)
        if record is None or record.text != head.checkpoint:
            work.trusted[organization] = log
        self._known[organization] = _Log(head, tree.copy())
        return log

    def _read(
        self, transaction: Transaction, head: LogHead, record: Record | None, *, trust: bool
    ) -> tuple[str | None, GrowingTree | None]:
        """Return why the log cannot be continued, or its tree."""
        if record is None and not trust:
            return "no-record", None
        if self._known_signer(head) is None:
            return "new-key", None
        tree = _tree(transaction, head)
        if tree is None:
            return "damaged", None
        if record is not None and record.number >= head.number:
            return _objection(transaction, head, record), tree
        return None, tree

    def _empty(self, organization: str) -> str:
        """Return the signed checkpoint of an organization's first log, as long as it is empty."""
        origin = self._origin(organization, 1)
        return str(Checkpoint(origin, 0, EMPTY_ROOT).signed(self._signer(origin)))

    def _origin(self, organization: str, number: int) -> str:
        return f"{self._name}/{log_name(organization)}" + (f"/{number}" if number > 1 else "")

    def _begin(self, work: _Work, organization: str, number: int) -> _Log:
        origin = self._origin(organization, number)
        key = str(self._signer(origin).key)
        head = LogHead(organization, number, origin, key, 0, b"", "", work.transaction.shared_now)
        work.begun.add(organization)
        return _Log(head, GrowingTree())

    def _replace(self, work: _Work, organization: str, number: int, published: str, reason: str) -> _Log:
        """Begin a log whose first entry has the checkpoint of the one before it."""
        log = self._begin(work, organization, number)
        entry = Entry(
            organization,
            work.transaction.now,
            Actor(),
            LOG_BEGAN,
            log.head.origin,
            details={"reason": reason, "why": _REASONS[reason], "predecessor": tuple(published.splitlines())},
        )
        row = NewEntry.of(entry)
        work.appended.append((number, 0, [row]))
        work.grow(log, [leaf_hash(row.data)])
        work.replaced.append((log.head.origin, reason))
        return work.grown[organization]

    def _known_signer(self, head: LogHead) -> Signer | None:
        """Return the signer with the key of a log, which may be an earlier one."""
        signers = (self._signer(head.origin), *(signer_of(head.origin) for signer_of in self._earlier))
        return next((one for one in signers if str(one.key) == head.key), None)

    def _signer(self, origin: str) -> Signer:
        if origin not in self._signers:
            self._signers[origin] = self._signer_of(origin)
        return self._signers[origin]


class _Work:
    """What one transaction is about to write."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.grown: dict[str, _Log] = {}
        self.tiles: dict[str, dict[Tile, bytes]] = defaultdict(dict)
        self.begun: set[str] = set()
        self.appended: list[tuple[int, int, list[NewEntry]]] = []
        self.replaced: list[tuple[str, str]] = []
        self.trusted: dict[str, _Log] = {}
        """Logs that go on from their records, but have newer checkpoints."""

    def grow(self, log: _Log, leaves: Sequence[bytes]) -> None:
        """Add the hashes of entries to a log."""
        organization = log.head.organization
        self.tiles[organization] |= log.tree.extend(leaves)
        self.grown[organization] = log
        self.trusted.pop(organization, None)


def ended_logs(transaction: Transaction) -> tuple[Record, ...]:
    """Return the last checkpoint of each log that ended because the key was changed."""
    found = []
    for organization, head in transaction.audit.heads().items():
        for number in range(1, head.number):
            ended = transaction.audit.log(organization, number)
            if ended is not None and _successor(transaction, ended) is not None:
                found.append(Record(organization, number, ended.checkpoint))
    return tuple(found)


def _successor(transaction: Transaction, head: LogHead) -> str | None:
    """Return the key that the last entry of a log names, if it ends the log."""
    entries = transaction.audit.entries(head.organization, head.number, head.size - 1, head.size)
    try:
        entry = read_entry(entries[0])
    except (IndexError, EntryError):
        return None
    return str(entry.details.get("successor")) if entry.action == LOG_ENDED else None


def is_published_beginning(transaction: Transaction, head: LogHead, record: Record | None) -> bool:
    """Whether a log that another process advanced may be published: it goes on from `record`, this process's last."""
    if record is None or record.number < head.number:
        return True
    return _objection(transaction, head, record) is None


def _objection(transaction: Transaction, head: LogHead, record: Record) -> str | None:
    """Return why the published checkpoint is not the beginning of the log in the database, if so."""
    if record.number > head.number:
        return "smaller"
    try:
        published = read_checkpoint(record.text.encode(), VerifierKey.read(head.key)).checkpoint
    except LeastwayError:
        return "damaged-record"
    if published.size > head.size:
        return "smaller"
    files = LogFiles(transaction.audit, head.organization, head.number, head.size, head.checkpoint)
    try:
        root = root_hash(subtrees_in(head.size, lambda tile: files.tile(tile) or b""), published.size)
    except LeastwayError:
        return "damaged"
    return None if root == published.root else "different"


def _tree(transaction: Transaction, head: LogHead) -> GrowingTree | None:
    """Return the tree of a log as the database has it, or None if its parts do not agree."""
    files = LogFiles(transaction.audit, head.organization, head.number, head.size, head.checkpoint)
    growing = [files.tile(tile) or b"" for tile in growing_tiles(head.size)]
    edge = [head.edge[at : at + HASH_SIZE] for at in range(0, len(head.edge), HASH_SIZE)]
    try:
        tree = GrowingTree(head.size, edge, growing)
        signed = read_checkpoint(head.checkpoint.encode(), VerifierKey.read(head.key)).checkpoint
    except (ValueError, NoteError):
        return None
    return tree if (signed.size, signed.root) == (tree.size, tree.root()) else None
