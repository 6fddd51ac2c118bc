"""What an attempt of a run left whose end nobody saw: calls that may have made something, and a folder on this machine.

The calls are named in the run's log when the next attempt plans anew. The folder and the supervisor go once another
process has brought the run to its end: a saved plan has the secrets of the module in plain text. A state that Terraform
could not send is older than the one that the other attempt wrote, so it is not stored, but what it lists is named in
the run's log.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Final

from leastway.errors import LeastwayError
from leastway.gateway import Decision
from leastway.orchestrator.attempt_record import end_left, is_left, read_record
from leastway.orchestrator.folders import RECORD
from leastway.orchestrator.workshop import kept_module
from leastway.policy.catalog import load_catalog
from leastway.registry import Run, RunCall, RunLine, RunPhase
from leastway.store import PlatformStore
from leastway.terraform import masked_state, read_inside, read_state, with_lineage

__all__ = ["UNSENT", "changes_of", "remove_forgotten", "remove_left", "unsent_state"]

_log = logging.getLogger("leastway.runs")

UNSENT: Final = "errored.tfstate"
"""The file beside a module into which Terraform writes a state that it could not send."""
_LARGEST: Final = 64 << 20
_MOST: Final = 100
_MOST_CALLS: Final = 20_000
_READS: Final = ("List", "Read")


def changes_of(store: PlatformStore, run: Run) -> list[str]:
    """Return in words the calls of the applies of a run that may have changed something, each once."""
    with store.reading() as transaction:
        calls = transaction.runs.calls(run.id, _MOST_CALLS)
    found = dict.fromkeys(
        f"the gateway had signed {one.service} {one.operation}{_on(one)}: {one.status or 'its answer is not known'}"
        for one in calls
        if one.phase == RunPhase.APPLY.value and one.decision != Decision.REFUSED.value and _may_change(one)
    )
    lines = list(found)
    more = [f"and {len(lines) - _MOST} more calls: see the calls of the run"] if len(lines) > _MOST else []
    return lines[:_MOST] + more


def _may_change(call: RunCall) -> bool:
    actions = [load_catalog().find_action(one) for one in call.actions]
    return not actions or any(one is None or one.access_level not in _READS for one in actions)


def _on(call: RunCall) -> str:
    named = [one for one in dict.fromkeys(call.resources) if one]
    return f" on {', '.join(named)}" if named else ""


def unsent_state(module: Path) -> bytes | None:
    """Return the state that Terraform left beside a module, or None. Errors: LeastwayError if it cannot be read.

    A first state has no lineage if the server was away when it was to be sent, and gets one here.
    """
    found = read_inside(module, UNSENT, limit=_LARGEST)
    return None if found is None else with_lineage(found)


def remove_left(store: PlatformStore, run: Run, folder: Path) -> None:
    """Remove the folder of a run that has ended, and end its supervisor. Errors: OSError, and those of the store."""
    record = read_record(folder / RECORD)
    if record is not None:
        end_left(record)
    module = kept_module(folder)
    if module is not None and (text := _listed(module.path)) is not None:
        with store.writing() as transaction:
            number = transaction.runs.last_line(run.id) + 1
            transaction.runs.add_lines(run.id, [RunLine(number, transaction.now, RunPhase.APPLY.value, text)])
        (module.path / UNSENT).unlink()
    shutil.rmtree(folder)


def remove_forgotten(folder: Path) -> None:
    """Remove the folder of a run that the store does not have, unless its supervisor lives. Errors: OSError.

    The run was deleted with its environment, or a backup from before it was restored. What a state that was not sent
    lists is told to the operator, because no log of a run has it.
    """
    record = read_record(folder / RECORD)
    if record is not None and is_left(record):
        return
    module = kept_module(folder)
    if module is not None and (text := _listed(module.path)) is not None:
        _log.warning("run %s, which the store does not have: %s", folder.name, text)
    shutil.rmtree(folder)


def _listed(module: Path) -> str | None:
    """Return in words what a state that was not sent lists, or None if there is none."""
    start = "another attempt went on while this machine was away, and the state that Terraform could not send there"
    try:
        content = unsent_state(module)
        if content is None:
            return None
        addresses = [one["address"] for one in masked_state(read_state(content))["resources"]]
    except LeastwayError as error:
        return f"{start} cannot be read: {error}"
    return f"{start} lists {', '.join(addresses[:_MOST]) or 'no resource'}; it was not stored"
