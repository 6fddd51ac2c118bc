"""What AWS said last to a run that fails, and what state the run left, in words for the run's end.

A module seldom prints the request id of a refusal, and nothing at all of a call that was cut.
"""

from __future__ import annotations

from typing import Final

from leastway.gateway import Decision
from leastway.registry import Run, RunCall, RunPhase
from leastway.store import PlatformStore

__all__ = ["last_words"]

_MOST: Final = 20_000
_DENIED: Final = (401, 403)
_EXPIRED: Final = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException")
"""Codes of credentials that do not count any more, which some services send with status 400."""


def last_words(store: PlatformStore, run: Run, *, is_killed: bool = False) -> list[str]:
    """Return the last call of the run's attempt that AWS refused, with role and request id, if there is one.

    Of a run that was killed, it is the call that was cut. In an apply, the stored state of the resource is named too.
    """
    with store.reading() as transaction:
        calls = transaction.runs.calls(run.id, _MOST)
        state = transaction.states.find(run.organization, run.guresid)
    sent = [one for one in calls if one.attempt == run.attempt and one.decision != Decision.REFUSED.value]
    found = []
    if is_killed and sent and sent[-1].status is None:
        found.append(f"{_named(sent[-1])} was cut, and its answer is not known")
    elif refused := [one for one in sent if one.status in _DENIED or one.code in _EXPIRED]:
        request = f", request {refused[-1].request_id}" if refused[-1].request_id else ""
        found.append(f"AWS refused {_named(refused[-1])}: {refused[-1].status} {refused[-1].code}{request}")
    if run.phase is not RunPhase.APPLY:
        return found
    if state is None or state.current is None:
        return [*found, "no state is stored"]
    what = "is what this run made" if state.current.writer.run == run.id else "is older than this run"
    return [*found, f"the stored state, version {state.current.version}, {what}"]


def _named(call: RunCall) -> str:
    on = next((one for one in call.resources if one), None)
    return f"{call.service} {call.operation}{f' on {on}' if on else ''}{f' as {call.role}' if call.role else ''}"
