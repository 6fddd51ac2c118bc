"""Runs in the database: found, changed, leased to one attempt at a time, with their logs and calls."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from leastway.registry import ResourceKey, Run, RunAction, RunCall, RunCredentials, RunLine, RunPhase, RunStatus
from leastway.store.run_schema import run_calls, run_lines, runs

__all__ = ["Runs"]

_UNFINISHED = tuple(status.value for status in RunStatus if not status.is_end)
"""What `IN` finds by an index: a database reads every run that ever ended to find those that are `NOT IN` the ends."""
_ENUMS: Mapping[str, type[enum.Enum]] = {
    "action": RunAction,
    "status": RunStatus,
    "phase": RunPhase,
    "credentials": RunCredentials,
}
_JSON = ("plan", "warnings")


class Runs:
    """Runs, within one transaction. Whoever calls writes the audit entry."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run: Run) -> None:
        """Store a new run. One with the same id is a ConflictError of the transaction."""
        names = [column.name for column in runs.c if column.name not in ("type", "class", "resource")]
        values = {name: _written(name, getattr(run, name)) for name in names}
        key = {"type": run.key.type, "class": run.key.resource_class, "resource": run.key.id}
        self._connection.execute(insert(runs), {**values, **key})

    def find(self, identifier: str, organization: str | None = None) -> Run | None:
        """Return a run; with `organization`, only if it belongs to that."""
        mine = [runs.c.id == identifier]
        if organization is not None:
            mine.append(runs.c.organization == organization)
        row = self._connection.execute(select(runs).where(*mine)).first()
        return None if row is None else _run(row)

    def of(
        self, organization: str, most: int, *, unfinished: bool = False, place: tuple[str, str] | None = None
    ) -> tuple[Run, ...]:
        """Return the newest runs of an organization, those of one application and environment with `place`."""
        conditions: list[ColumnElement[bool]] = [runs.c.organization == organization]
        if place is not None:
            conditions += [runs.c.application == place[0], runs.c.environment == place[1]]
        query = select(runs).where(*conditions)
        if unfinished:  # they are few; asked for an order, SQLite would read every run in that order to find them
            few = map(_run, self._connection.execute(query.where(runs.c.status.in_(_UNFINISHED))))
            by_id = sorted(few, key=lambda run: run.id)
            return tuple(sorted(by_id, key=lambda run: run.created_at, reverse=True)[:most])
        newest = query.order_by(runs.c.created_at.desc(), runs.c.id).limit(most)
        return tuple(map(_run, self._connection.execute(newest)))

    def of_definition(self, organization: str, definition: str, most: int) -> tuple[Run, ...]:
        """Return the newest runs for resources of a definition."""
        mine = (runs.c.organization == organization, runs.c.definition == definition)
        query = select(runs).where(*mine).order_by(runs.c.created_at.desc(), runs.c.id).limit(most)
        return tuple(map(_run, self._connection.execute(query)))

    def of_resource(self, organization: str, guresid: str) -> tuple[Run, ...]:
        """Return all runs for a resource, the newest first."""
        query = select(runs).where(runs.c.guresid == guresid, runs.c.organization == organization)
        return tuple(map(_run, self._connection.execute(query.order_by(runs.c.created_at.desc(), runs.c.id))))

    def unfinished(self) -> tuple[Run, ...]:
        """Return the runs of all organizations that have not ended, the oldest first."""
        query = select(runs).where(runs.c.status.in_(_UNFINISHED)).order_by(runs.c.created_at, runs.c.id)
        return tuple(map(_run, self._connection.execute(query)))

    def unfinished_of(self, organization: str, guresid: str) -> Run | None:
        """Return the run of a resource that has not ended."""
        mine = (runs.c.organization == organization, runs.c.guresid == guresid)
        query = select(runs).where(*mine, runs.c.status.in_(_UNFINISHED)).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else _run(row)

    def failed_destructions(self, organization: str, application: str, environment: str) -> dict[str, Run]:
        """Return, by guresid, the newest destruction of each resource if it failed or was cancelled.

        Runs that plan or apply after it do not take it back: a resource that is made anew is not `deleting`.
        """
        place = (runs.c.organization == organization, runs.c.application == application)
        of_place = select(runs).where(*place, runs.c.environment == environment)
        query = of_place.where(runs.c.action == RunAction.DESTROY.value).order_by(runs.c.created_at, runs.c.id)
        newest = {run.guresid: run for run in map(_run, self._connection.execute(query))}
        wrong = (RunStatus.FAILED, RunStatus.CANCELLED)
        return {guresid: run for guresid, run in newest.items() if run.status in wrong}

    def unfinished_in(self, organization: str, application: str, environment: str) -> Run | None:
        """Return a run in an environment that has not ended."""
        place = (runs.c.organization == organization, runs.c.application == application)
        query = select(runs).where(*place, runs.c.environment == environment, runs.c.status.in_(_UNFINISHED)).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else _run(row)

    def delete_all(self, organization: str, application: str, environment: str) -> tuple[str, ...]:
        """Delete the runs of an environment with their logs and calls, and return their ids."""
        place = (runs.c.organization == organization, runs.c.application == application)
        mine = select(runs.c.id).where(*place, runs.c.environment == environment)
        found = tuple(self._connection.scalars(mine))
        for table in (run_lines, run_calls):
            self._connection.execute(delete(table).where(table.c.run.in_(mine)))
        self._connection.execute(delete(runs).where(*place, runs.c.environment == environment))
        return found

    def change(self, identifier: str, **values: Any) -> bool:
        """Store new values of fields of a run that has not ended; return whether there is one."""
        mine = (runs.c.id == identifier, runs.c.status.in_(_UNFINISHED))
        written = {name: _written(name, value) for name, value in values.items()}
        return bool(self._connection.execute(update(runs).where(*mine).values(written)).rowcount)

    def end_unbegun(self, identifier: str, **values: Any) -> bool:
        """Store the end of a run of which no attempt has begun; return whether it is one."""
        mine = (runs.c.id == identifier, runs.c.status == RunStatus.QUEUED.value, runs.c.attempt == 0)
        written = {name: _written(name, value) for name, value in values.items()}
        return bool(self._connection.execute(update(runs).where(*mine).values(written)).rowcount)

    def take_lease(self, identifier: str, lease: str, until: datetime, now: datetime) -> bool:
        """Lease an unfinished run to an attempt, unless another one holds it; return whether that was done."""
        free = or_(runs.c.lease.is_(None), runs.c.lease == lease, runs.c.lease_until <= now)
        mine = (runs.c.id == identifier, runs.c.status.in_(_UNFINISHED), free)
        taken = update(runs).where(*mine).values(lease=lease, lease_until=until)
        return bool(self._connection.execute(taken).rowcount)

    def renew_lease(self, identifier: str, lease: str, until: datetime) -> bool:
        """Extend the lease of an attempt; return False if another attempt has it, or the run has ended."""
        mine = (runs.c.id == identifier, runs.c.lease == lease, runs.c.status.in_(_UNFINISHED))
        return bool(self._connection.execute(update(runs).where(*mine).values(lease_until=until)).rowcount)

    def give_up_lease(self, identifier: str, lease: str) -> None:
        """End the lease of an attempt, if it has it."""
        mine = (runs.c.id == identifier, runs.c.lease == lease)
        self._connection.execute(update(runs).where(*mine).values(lease=None, lease_until=None))

    def add_lines(self, run: str, lines: Iterable[RunLine]) -> None:
        """Append lines to the log of a run. A number that exists is a ConflictError of the transaction."""
        rows = [{"run": run, "number": one.number, "at": one.at, "phase": one.phase, "text": one.text} for one in lines]
        if rows:
            self._connection.execute(insert(run_lines), rows)

    def last_line(self, run: str) -> int:
        """Return the number of the last line, 0 without any."""
        query = select(func.max(run_lines.c.number)).where(run_lines.c.run == run)
        return int(self._connection.scalar(query) or 0)

    def lines(self, run: str, after: int, most: int) -> tuple[RunLine, ...]:
        """Return lines of the log of a run, in order, those after a number."""
        mine = (run_lines.c.run == run, run_lines.c.number > after)
        query = select(run_lines).where(*mine).order_by(run_lines.c.number).limit(most)
        return tuple(RunLine(row.number, row.at, row.phase, row.text) for row in self._connection.execute(query))

    def add_calls(self, run: str, calls: Iterable[RunCall]) -> None:
        """Append calls that a gateway judged."""
        rows = [{"run": run, **{name: _call_value(one, name) for name in _CALL_FIELDS}} for one in calls]
        if rows:
            self._connection.execute(insert(run_calls), rows)

    def answer_call(self, run: str, attempt: int, number: int, status: int | None, code: str, request_id: str) -> None:
        """Store what AWS answered to a call."""
        mine = (run_calls.c.run == run, run_calls.c.attempt == attempt, run_calls.c.number == number)
        values = {"status": status, "code": code[:128], "request_id": request_id[:128]}
        self._connection.execute(update(run_calls).where(*mine).values(values))

    def calls(self, run: str, most: int) -> tuple[RunCall, ...]:
        """Return the first calls of a run, in the order in which they were judged."""
        query = select(run_calls).where(run_calls.c.run == run)
        query = query.order_by(run_calls.c.attempt, run_calls.c.number).limit(most)
        return tuple(map(_call, self._connection.execute(query)))


_CALL_FIELDS = [column.name for column in run_calls.c if column.name != "run"]


def _written(name: str, value: Any) -> Any:
    if name in _JSON and value is not None:
        return json.dumps(value)
    return value.value if isinstance(value, enum.Enum) else value


def _run(row: Row[Any]) -> Run:
    columns = dict(row._mapping)
    key = ResourceKey(columns.pop("type"), columns.pop("class"), columns.pop("resource"))
    for name, kind in _ENUMS.items():
        if columns[name] is not None:
            columns[name] = kind(columns[name])
    columns["plan"] = None if columns["plan"] is None else json.loads(columns["plan"])
    columns["warnings"] = tuple(json.loads(columns["warnings"]))
    return Run(key=key, **columns)


def _call_value(call: RunCall, name: str) -> Any:
    value = getattr(call, name)
    return json.dumps(value) if isinstance(value, tuple) else value


def _call(row: Row[Any]) -> RunCall:
    columns = {name: row._mapping[name] for name in _CALL_FIELDS}
    columns["actions"] = tuple(json.loads(columns["actions"]))
    columns["resources"] = tuple(json.loads(columns["resources"]))
    return RunCall(**columns)
