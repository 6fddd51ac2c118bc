"""The evidence of an offboarding: a JSON file for the auditor, written even when something failed.

It contains no secrets, but it shows who had which access in which accounts: only its owner can read the file.
"""

from __future__ import annotations

import datetime as dt
import errno
import itertools
import json
import os
from dataclasses import asdict
from pathlib import Path

from leastway.app.offboard import Offboarded
from leastway.app.open_grant import OpenGrant
from leastway.errors import LeastwayError
from leastway.estate import EstateObject, Role, asked_ids
from leastway.primitives import write_private
from leastway.reconcile import Outcome
from leastway.shown import shown

__all__ = ["Evidence", "EvidenceNotWrittenError", "dated_file", "evidence", "write_evidence", "write_evidence_file"]

Evidence = dict[str, object]


class EvidenceNotWrittenError(LeastwayError):
    """The evidence could not be written to a file, so the error contains it."""

    def __init__(self, why: str, text: str, where: Path) -> None:
        self._summary = f"the evidence cannot be written ({why}); this is its content:"
        self._text = text
        fix = "save the text above, and give another file with --evidence next time"
        super().__init__(f"{self._summary}\n{text}", where=str(where), fix=fix)

    def diagnostics(self) -> str:
        """Return the error for a person, with the evidence as JSON, in which unsafe characters are escaped already."""
        return f"{shown(self.where or '')}: {shown(self._summary)}\n{self._text}\n  {self.fix}"


def write_evidence(open_grant: OpenGrant, done: Offboarded, path: Path | None = None) -> tuple[Path, Evidence]:
    """Write the evidence to `path`, by default a dated file in the state folder; return the path and the evidence."""
    content = evidence(open_grant, done)
    where = path or dated_file(open_grant.settings.evidence, open_grant.grant.name, done.finished)
    write_evidence_file(content, where)
    return where, content


def dated_file(folder: Path, name: str, finished: dt.datetime) -> Path:
    """Return the path of new evidence: two runs may finish in the same second, and neither replaces what is there."""
    first = folder / f"{name}-{finished.strftime('%Y%m%dT%H%M%SZ')}.json"
    others = (first.with_stem(f"{first.stem}-{number}") for number in itertools.count(2))
    return next(path for path in itertools.chain([first], others) if not os.path.lexists(path))


def write_evidence_file(content: Evidence, where: Path) -> None:
    """Write evidence to the file `where`. EvidenceNotWrittenError, which contains it, if that is not possible."""
    text = json.dumps(content, indent=2) + "\n"
    try:
        if where.is_symlink():  # /dev/stdout is a link, for example
            raise OSError(errno.EEXIST, "it is a symbolic link, and leastway does not write through links")
        write_private(where, text)
    except OSError as error:
        raise EvidenceNotWrittenError(error.strerror or "unknown error", text, where) from error


def evidence(open_grant: OpenGrant, done: Offboarded) -> Evidence:
    """Return the evidence as JSON values; times are UTC, in ISO 8601.

    A removed role is shown with the external ids that it accepted, which no longer give the platform access. `complete`
    covers everything that was checked; `given_up` and `not_included` name what was not checked, at a person's request:
    it can never be read again, or the offboarding was for other places. `held` lists what was not removed on purpose,
    with the reason and the fix. `gone_since_earlier_runs` lists what earlier runs began to remove and did not report,
    because they were stopped.
    """
    return {
        "evidence": "offboarding",
        "grant": open_grant.grant.name,
        "platform": {"name": open_grant.grant.platform.name, "principal": open_grant.grant.platform.comes_in_as},
        "started": done.started.isoformat(),
        "finished": done.finished.isoformat(),
        "complete": done.is_complete,
        "given_up": sorted(done.given_up),
        "not_included": [str(where) for where in done.plan.left_out],
        "removed": [
            {"what": str(result.change.address), "unique_id": live.unique_id, **_external_ids(live.object)}
            for result in done.applied.having(Outcome.DONE)
            if (live := result.change.live) is not None
        ],
        "gone_since_earlier_runs": [asdict(removal) for removal in done.earlier],
        "failed": [
            {"what": str(result.change.address), "outcome": result.outcome.value, "reason": result.reason}
            for result in done.applied.results
            if result.outcome is not Outcome.DONE
        ],
        "held": [
            {"what": str(change.address), "reason": change.reason, "fix": change.fix} for change in done.plan.open
        ],
        "checked": {
            "reads_in_a_row": done.looked,
            "still_there": sorted(str(address) for address in done.left.objects),
            "unreadable": [{"where": str(problem.where), "reason": problem.reason} for problem in done.left.unreadable],
        },
    }


def _external_ids(removed: EstateObject) -> Evidence:
    return {"external_ids": list(asked_ids(removed.trust).ids)} if isinstance(removed, Role) else {}
