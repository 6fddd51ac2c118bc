"""The evidence of an offboarding: a JSON file for the auditor, written even when something failed.

It holds no secret, and says who may do what in which accounts: the file is its owner's alone, to be handed on.
"""

from __future__ import annotations

import errno
import json
from dataclasses import asdict
from pathlib import Path

from leastway.app.offboard import Offboarded
from leastway.app.open_grant import OpenGrant
from leastway.errors import LeastwayError
from leastway.estate import EstateObject, Role, asked_ids
from leastway.primitives import write_private
from leastway.reconcile import Outcome
from leastway.shown import shown

__all__ = ["Evidence", "EvidenceNotWrittenError", "evidence", "write_evidence"]

Evidence = dict[str, object]


class EvidenceNotWrittenError(LeastwayError):
    """The evidence has no file, so it is in the error."""

    def __init__(self, why: str, text: str, where: Path) -> None:
        self._said = f"the evidence cannot be written ({why}); here it is:"
        self._text = text
        fix = "keep the text above; name another file with --evidence next time"
        super().__init__(f"{self._said}\n{text}", where=str(where), fix=fix)

    def diagnostics(self) -> str:
        """Return the error for a person, with the evidence as the JSON that it is: every strange letter is escaped."""
        return f"{shown(self.where or '')}: {shown(self._said)}\n{self._text}\n  {self.fix}"


def write_evidence(work: OpenGrant, done: Offboarded, path: Path | None = None) -> tuple[Path, Evidence]:
    """Write the evidence to `path`, by default a dated file in the state folder; return where, and what."""
    stamp = done.finished.strftime("%Y%m%dT%H%M%SZ")
    where = path or work.settings.evidence / f"{work.grant.name}-{stamp}.json"
    said = evidence(work, done)
    text = json.dumps(said, indent=2) + "\n"
    try:
        if where.is_symlink():  # /dev/stdout is one
            raise OSError(errno.EEXIST, "it is a link, and leastway writes through none")
        write_private(where, text)
    except OSError as error:
        raise EvidenceNotWrittenError(error.strerror or "unknown error", text, where) from error
    return where, said


def evidence(work: OpenGrant, done: Offboarded) -> Evidence:
    """Return the evidence as JSON values; times are UTC, in ISO 8601.

    A removed role is shown with the external ids that it accepted: what the platform has registered opens nothing more.
    `complete` is about all that was looked at; `given_up` names what was not, because a person said so. `held` is what
    was not removed on purpose, with the reason and the way out. `gone_since_earlier_runs` is what runs before this one
    set out to remove and did not live, or not manage, to report.
    """
    return {
        "evidence": "offboarding",
        "grant": work.grant.name,
        "platform": {"name": work.grant.platform.name, "principal": str(work.grant.platform.principal)},
        "started": done.started.isoformat(),
        "finished": done.finished.isoformat(),
        "complete": done.is_complete,
        "given_up": sorted(done.given_up),
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
