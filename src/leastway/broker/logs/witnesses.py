"""Witnesses of the logs: a thread that has published checkpoints signed, and passes them on with the signatures.

It is never on the way of a request. A checkpoint is shown and copied once every witness has signed it; a log whose
witness does not sign is shown without that signature, and asked for again.

For each witness:
1. The proof starts from the checkpoint that it signed last; at first from nothing.
2. If it saw another size last, it says so, and the proof starts there. A size beyond the log's own is a problem: the
   witness has seen more of this log than this server has.
3. Only a signature that holds for this checkpoint is added to it. It stays while another witness is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leastway.broker.logs.files import LogFiles
from leastway.broker.logs.following import Follower, LogKey
from leastway.broker.logs.records import Record, log_name
from leastway.errors import LeastwayError
from leastway.published import OtherSizeError, Witness
from leastway.store import PlatformStore
from leastway.tlog import Signature, consistency_proof, subtrees_in

__all__ = ["LogWitnesses"]

_PAUSE = 0.2


class LogWitnesses(Follower):
    """Witnesses of all logs, who all must sign. `on_signed` gets each checkpoint after they were asked."""

    name = "audit-witnesses"
    late = "a witness has not signed an audit log"

    def __init__(
        self,
        store: PlatformStore,
        witnesses: Sequence[Witness],
        on_signed: Callable[[Record], None] | None = None,
        *,
        pause: float = _PAUSE,
    ) -> None:
        super().__init__(pause)
        self._store = store
        self._witnesses = witnesses
        self._on_signed = on_signed
        self._passed: dict[str, Record] = {}
        self._unsigned: set[LogKey] = set()
        self._signed: dict[LogKey, tuple[Record, dict[str, Signature]]] = {}
        """Who has signed the newest checkpoint of a log, by the witness's key: whoever has is not asked again."""
        self._seen: dict[tuple[LogKey, str], int] = {}
        """How many entries of a log a witness has seen, by the log and the witness's key."""

    @property
    def unsigned(self) -> int:
        """How many logs are shown without the signature of every witness."""
        return len(self._unsigned)

    def offer(self, record: Record) -> None:
        """Have a published checkpoint signed, soon; pass it on at once if the log's last one was not signed."""
        super().offer(record)
        if (record.organization, record.number) in self._unsigned:
            self._pass(record)

    def signed(self, organization: str) -> Record | None:
        """Return the checkpoint that was passed on last."""
        return self._passed.get(organization)

    def close(self) -> None:
        """Ask once more, and end."""
        super().close()
        for witness in self._witnesses:
            witness.close()

    def take(self, record: Record) -> None:
        """Ask every witness, and pass the checkpoint on with what they signed. Errors: of the last that did not."""
        key, problem = (record.organization, record.number), None
        before = self._signed.get(key)
        signed = before[1] if before is not None and before[0] == record else {}
        self._signed[key] = record, signed
        for witness in self._witnesses:
            if str(witness.key) in signed:
                continue
            try:
                signed[str(witness.key)] = self._ask(witness, record)
            except LeastwayError as error:
                problem = error
        if problem is None:
            self._unsigned.discard(key)
        else:
            self._unsigned.add(key)
        signatures = "".join(f"{each}\n" for each in signed.values())
        self._pass(Record(record.organization, record.number, record.text + signatures))
        if problem is not None:
            raise LeastwayError(f"{log_name(record.organization)}: {problem.what}", where=problem.where)

    def _pass(self, record: Record) -> None:
        with self._lock:
            before = self._passed.get(record.organization)
            if before is not None and (before.number, before.size) > (record.number, record.size):
                return
            self._passed[record.organization] = record
        if self._on_signed is not None:
            self._on_signed(record)

    def _ask(self, witness: Witness, record: Record) -> Signature:
        key = (record.organization, record.number), str(witness.key)
        size = record.size
        old = min(self._seen.get(key, 0), size)
        try:
            signature = witness.cosign(old, self._proof(record, old, size), record.text)
        except OtherSizeError as error:
            if error.size > size:
                raise
            signature = witness.cosign(error.size, self._proof(record, error.size, size), record.text)
        self._seen[key] = size
        return signature

    def _proof(self, record: Record, old: int, size: int) -> tuple[bytes, ...]:
        if old in (0, size):
            return ()
        with self._store.reading() as transaction:
            files = LogFiles(transaction.audit, record.organization, record.number, size, record.text)
            return consistency_proof(subtrees_in(size, lambda tile: files.tile(tile) or b""), old, size)
