"""What the gateway of a run may ask of the server: sessions, entries, the state; the server's end of the channel.

1. An attempt that does not hold the run's lease gets nothing: no session, no entry, no state. The lease counts from
   before it was written, by the clock that does not jump.
2. Sessions come from the broker, AssumeRole field for field. A role that is neither in the account's list nor named by
   the definition is refused before STS is called. If the definition names a role for planning, every session of a
   plan is that role's, whatever role was asked for, and the entries say so.
3. Each call is an audit entry, decided in the ledger's transaction after the kill switches were read, and durable
   before it is signed.
4. A kill switch for the organization, the account, the definition or a role in use cuts the gateway's calls at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, Protocol

from leastway.audit import Actor, Detail, Entry, Outcome
from leastway.broker import Asked, AssumeFields, AuditLedger, Broker, Gate
from leastway.errors import LeastwayError
from leastway.gateway import (
    CallEntry,
    CallOutcome,
    Decision,
    RefusedError,
    SessionAsk,
    StateAnswer,
    StateRequest,
)
from leastway.orchestrator.definition_keys import DefinitionKeys
from leastway.ports import CallerIdentity, IssuedSession
from leastway.primitives import Clock
from leastway.registry import Run, RunCall
from leastway.sessions import KillSwitch, Subject
from leastway.store import PlatformStore

__all__ = ["LEASE", "RunAuthority", "RunBounds", "RunJournal", "StateOfRun"]

LEASE: Final = timedelta(seconds=20)
"""How long an attempt may work without renewing its lease, which its supervisor does every few seconds."""

_MOST_SAID: Final = 200
"""Refusals that are lines of a run's log. All of them are among its calls."""


class RunJournal(Protocol):
    """Where calls and answers are noted, for the run's page. Thread-safe; nobody waits for it."""

    def called(self, call: RunCall, /) -> None:
        """Note a call that was judged."""
        ...

    def say(self, phase: str, text: str, /) -> None:
        """Add a line to the run's log."""
        ...

    def answered(self, outcome: CallOutcome, /) -> None:
        """Note what AWS answered."""
        ...


class StateOfRun(Protocol):
    """The state of the run's resource."""

    def answer(self, request: StateRequest, /) -> StateAnswer:
        """Answer a request of Terraform's http backend."""
        ...

    def renew(self) -> bool:
        """Renew the lease of the state; return False if another attempt has it."""
        ...


@dataclass(frozen=True, slots=True)
class RunBounds:
    """What the run's definition bounds: the roles that it names, and a role for planning, if it has one.

    `own_role` is the one with which the run works if it does not ask for another.
    """

    named_roles: frozenset[str] = frozenset()
    plan_role: str | None = None
    plan_external_id: str | None = None
    own_role: str | None = None


@dataclass
class RunAuthority:
    """See `leastway.gateway.Authority`; one attempt of one run. `killed` is told the switch that stops the run."""

    run: Run
    lease: str
    bounds: RunBounds
    store: PlatformStore
    gate: Gate
    broker: Broker
    ledger: AuditLedger
    clock: Clock
    journal: RunJournal
    state_of_run: StateOfRun
    killed: Callable[[KillSwitch], None]
    identity_of: Callable[[str], CallerIdentity]
    keys: DefinitionKeys | None = None
    own_until: datetime | None = None
    """When the session of the account's own role expires, if there was one: what an injected run holds."""
    _until: float = field(default=0.0, init=False)
    _watched: set[Subject] = field(default_factory=set, init=False)
    _streams: ExitStack = field(default_factory=ExitStack, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _said: set[str] = field(default_factory=set, init=False)

    def open(self) -> None:
        """Begin: the lease was taken just now. A switch that stops the run already is told at once."""
        self._until = monotonic() + LEASE.total_seconds()
        self._watch(self._subject(None))

    def close(self) -> None:
        """Answer nothing from now on."""
        self._until = 0.0
        self._streams.close()

    def session(self, ask: SessionAsk) -> IssuedSession:
        """Return the session that was asked for; it is recorded first. Errors: RefusedError."""
        self._need_lease()
        try:
            if self.keys is not None:
                issued = self.keys.session(ask, self.bounds.named_roles, self.gate, self.ledger, self._enter)
                self._watch(self._subject(ask.role))
                return issued
            handed = self.broker.hand_out(self._asked(ask), self._enter)
        except RefusedError:
            raise
        except LeastwayError as error:
            raise _refusal(error) from error
        self._watch(self._subject(handed.role))
        if ask.role is None and self._planning_role(ask.phase) is None and handed.role != self.bounds.own_role:
            raise RefusedError(
                f"account {self.run.account} has the role {handed.role} by now, and this run began with "
                f"{self.bounds.own_role}: start another run"
            )
        if ask.role is None:
            self.own_until = handed.expires_at
        return IssuedSession(handed.keys, handed.expires_at)

    def identity(self, region: str) -> CallerIdentity:
        """Return whose key the account keeps. Errors: RefusedError."""
        self._need_lease()
        try:
            return self.identity_of(region)
        except LeastwayError as error:
            raise _refusal(error) from error

    def enter(self, entry: CallEntry) -> None:
        """Return once the audit entry of this call is durable. Errors: RefusedError, e.g. if a kill switch is on."""
        self._need_lease()
        entry = self._as_signed(entry)

        def decide() -> Entry:
            self.gate.check((self._subject(entry.role),))
            self._need_lease()
            return self._worded(entry)

        try:
            self.ledger.submit(decide).result()
        except RefusedError:
            raise
        except LeastwayError as error:
            raise _refusal(error) from error
        self._note(entry)

    def refused(self, entry: CallEntry) -> None:
        """Enter a call that was refused, when the log can be written."""
        entry = self._as_signed(entry)
        self.ledger.submit_later(self._worded(entry))
        self._note(entry)

    def answered(self, outcome: CallOutcome) -> None:
        """Note what AWS answered."""
        self.journal.answered(outcome)

    def state(self, request: StateRequest) -> StateAnswer:
        """Answer a request of Terraform's http backend."""
        self._need_lease()
        return self.state_of_run.answer(request)

    def renew(self) -> None:
        """Renew the leases of the run and its state. Errors: RefusedError if another attempt has taken over."""
        began = monotonic()
        with self.store.writing() as transaction:
            is_renewed = transaction.runs.renew_lease(self.run.id, self.lease, transaction.shared_now + LEASE)
        if not is_renewed or not self.state_of_run.renew():
            self.close()
            raise RefusedError("the run has ended, or another attempt of it has begun")
        if self._until:
            self._until = began + LEASE.total_seconds()

    def _need_lease(self) -> None:
        if monotonic() >= self._until:
            raise RefusedError(
                "this attempt of the run no longer holds its lease", fix="look at the run: another attempt may work"
            )

    def _asked(self, ask: SessionAsk) -> Asked:
        run = self.run
        if run.account is None:
            raise RefusedError("the run has no cloud account", fix="name one in the definition's driver_account")
        role, external_id, is_named = ask.role, ask.external_id, ask.role in self.bounds.named_roles
        planning = self._planning_role(ask.phase)
        if planning is not None:
            role, external_id, is_named = planning, self.bounds.plan_external_id, True
        return Asked(
            run.organization,
            run.account,
            role,
            run.definition,
            ask.duration,
            ask.session_name,
            AssumeFields(
                is_named=is_named,
                replaces_own=planning is not None,
                region=ask.region,
                external_id=external_id,
                policy=ask.policy,
                policy_arns=ask.policy_arns,
                source_identity=ask.source_identity,
                tags=ask.tags,
                transitive_tag_keys=ask.transitive_tag_keys,
                via=None if ask.via is None or planning is not None else self._asked(ask.via),
            ),
        )

    def _planning_role(self, phase: str) -> str | None:
        return self.bounds.plan_role if phase == "plan" else None

    def _as_signed(self, entry: CallEntry) -> CallEntry:
        """Return the entry with the role whose session signs."""
        planning = self._planning_role(entry.phase)
        return entry if planning is None or entry.role is None else replace(entry, role=planning)

    def _worded(self, entry: CallEntry) -> Entry:
        is_refused = entry.decision is Decision.REFUSED
        unverified: dict[str, Detail] = {} if entry.is_verified else {"verified": False}
        return self._enter(
            entry.at,
            "aws.call-refused" if is_refused else "aws.called",
            f"{entry.service}:{entry.operation}" if entry.service else entry.host,
            status=403 if is_refused else 200,
            outcome=Outcome.REFUSED if is_refused else Outcome.DONE,
            number=entry.number,
            attempt=self.run.attempt,
            phase=entry.phase,
            decision=entry.decision.value,
            host=entry.host,
            region=entry.region,
            key=entry.key,
            role=entry.role or "",
            actions=entry.actions,
            resources=entry.resources,
            reason=entry.reason,
            **unverified,
        )

    def _note(self, entry: CallEntry) -> None:
        """Note a call; a refusal, and what is sent in spite of the rule, is also a line of the run's log, once each."""
        self.journal.called(_noted(entry, self.run.attempt))
        if not entry.reason:
            return
        did = "refused" if entry.decision is Decision.REFUSED else "lets through"
        what = f"{entry.service} {entry.operation}" if entry.service else entry.operation or "a request"
        line = f"the gateway {did} {what} at {entry.host}: {entry.reason}"
        with self._lock:
            if line in self._said or len(self._said) >= _MOST_SAID:
                return
            self._said.add(line)
        self.journal.say(entry.phase, line)

    def _enter(
        self, at: datetime, action: str, target: str, *, status: int, outcome: Outcome = Outcome.DONE, **details: Detail
    ) -> Entry:
        """Word an entry of this run: who created it acts."""
        run = self.run
        actor = Actor(run.created_by)
        return Entry(run.organization, at, actor, action, target, outcome, {**details, "run": run.id})

    def _subject(self, role: str | None) -> Subject:
        return Subject(self.run.organization, self.run.account or "", role or self.bounds.own_role, self.run.definition)

    def _watch(self, subject: Subject) -> None:
        """Let a kill switch for the subject cut the gateway's calls."""
        with self._lock:
            if subject in self._watched:
                return
            self._watched.add(subject)
            self._streams.enter_context(self.broker.streams.open((subject,), self.killed))


def _refusal(error: LeastwayError) -> RefusedError:
    """Return the refusal that the module sees: what happened and where, and what to do."""
    return RefusedError(f"{error.where}: {error.what}" if error.where else error.what, fix=error.fix)


def _noted(entry: CallEntry, attempt: int) -> RunCall:
    return RunCall(
        number=entry.number,
        attempt=attempt,
        at=entry.at,
        phase=entry.phase,
        decision=entry.decision.value,
        service=entry.service,
        operation=entry.operation,
        region=entry.region,
        role=entry.role,
        actions=entry.actions,
        resources=entry.resources,
        reason=entry.reason,
    )
