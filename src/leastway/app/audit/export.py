"""Copy a log to a folder, in the format of tlog-tiles: what was copied before is not read again.

The copy is checked while it is made, and its checkpoint is replaced last, so that a reader always finds a whole log. A
log that does not go on from the copy is refused: the copy stays as it is, as evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leastway.app.audit.opening import keys_in, open_log_of
from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.published import FolderLog
from leastway.tlog import (
    CHECKPOINT,
    Checkpoint,
    LogCheck,
    check_log,
    growing_files,
    read_checkpoint,
)

__all__ = ["Exported", "export"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was copied: the check of the log, how many files were new, and the checkpoint that the folder had before."""

    check: LogCheck
    files: int
    before: Checkpoint | None


def export(where: str, folder: Path, key: str, token: Secret | None = None) -> Exported:
    """Copy the log in a folder or at a URL, and check it with a verifier key.

    Nothing replaces the folder's checkpoint unless the log is intact and goes on from it. Errors: LeastwayError if the
    log cannot be read, the folder cannot be written, or has another log.
    """
    (log_key,) = keys_in([key])
    copy = FolderLog(folder)
    kept = copy.read(CHECKPOINT)
    before = None if kept is None else read_checkpoint(kept, log_key, where=f"{folder}/{CHECKPOINT}").checkpoint
    new: set[str] = set()
    with open_log_of(where, log_key, token) as log:
        checkpoint = log.read(CHECKPOINT)

        def read(path: str) -> bytes | None:
            if path == CHECKPOINT:
                return checkpoint
            data = copy.read(path)
            if data is None:
                data = log.read(path)
                if data is not None:
                    copy.write(path, data)
                    new.add(path)
            return data

        check = check_log(read, log_key, earlier=before)
    if checkpoint is None:
        raise LeastwayError("the log has no checkpoint", where=where, fix="check the folder or the URL")
    if check.signed is None or check.faults:
        for path in new:
            copy.delete(path)
        return Exported(check, 0, before)
    if checkpoint != kept:
        copy.write(CHECKPOINT, checkpoint)
    copy.write("key", f"{log_key}\n".encode())
    for path in growing_files(before.size if before else 0) - growing_files(check.signed.checkpoint.size):
        copy.delete(path)
    return Exported(check, len(new), before)
