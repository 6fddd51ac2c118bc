"""The work of the steps: Terraform's commands in sandboxes, what they leave, and the records of it.

The run's folder has `module`, which the sandbox may write, `plan`, into which a plan is saved, and `saved`, to which
the server moves the saved plan: the sandbox only reads it there. Nothing that the sandbox can write decides anything:
the state is the server's, the end of a command is what the supervisor says, and the digest of the plan is in the store.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from leastway.custody import Custody
from leastway.errors import LeastwayError, OutOfReachError
from leastway.lint import Severity
from leastway.orchestrator.attempt import Attempt, GoneError
from leastway.orchestrator.attempts import Attempts
from leastway.orchestrator.commanding import Commanding, NamedCommand, failing, the_apply, the_init, the_plan, the_show
from leastway.orchestrator.folders import make_passable_folder
from leastway.orchestrator.initialized import Initialized
from leastway.orchestrator.leftovers import UNSENT, changes_of, unsent_state
from leastway.orchestrator.own_rules import judge_by_own_rules
from leastway.orchestrator.preparing import WAITS, Preparing, UngovernedError
from leastway.orchestrator.procedure import CancelledError, RunFailedError
from leastway.orchestrator.recording import (
    end_entry,
    forget_inputs,
    forget_unmade,
    is_provisioned_by,
    record_outputs,
    record_resource,
    recorded_outputs,
    remove_resource,
)
from leastway.orchestrator.saved_plan import WORDS, digest_of, move_plan, summary_of, words_of_removal
from leastway.orchestrator.source import Sources
from leastway.orchestrator.states import StateVault
from leastway.orchestrator.workshop import Workshop, kept_module, link_credentials
from leastway.ports import WaitingError
from leastway.registry import ActiveResourceStatus, Run, RunAction, RunPhase, RunStatus
from leastway.store import PlatformStore
from leastway.terraform import (
    ModuleFolder,
    Plan,
    check_plan,
    effective_of,
    prepare_module,
    read_outputs,
    read_pins,
    read_plan,
)

__all__ = ["TerraformWork"]

_ASK_AGAIN: Final = timedelta(seconds=2)
_MOST_FINDINGS: Final = 200
"""Findings that are kept with a plan's summary."""


class TerraformWork:
    """See `leastway.orchestrator.procedure.RunWork`. Thread-safe; each run is on one thread at a time."""

    def __init__(
        self,
        *,
        store: PlatformStore,
        custody: Custody,
        vault: StateVault,
        attempts: Attempts,
        preparing: Preparing,
        workshop: Workshop,
        sources: Sources,
        initialized: Initialized,
    ) -> None:
        self._store = store
        self._custody = custody
        self._vault = vault
        self._attempts = attempts
        self._preparing = preparing
        self._workshop = workshop
        self._sources = sources
        self._initialized = initialized
        self._plans: dict[str, Plan] = {}
        self._commanding = Commanding(store, preparing, workshop, self._rescue)

    def begin(self, run: str) -> dict[str, Any]:
        """Settle the account, the role and the contract, and make the resource visible as pending or deleting.

        The attempt begins here, so that its supervisor starts meanwhile. A destruction of what was never made ends.
        """
        known = self._run(run)
        if known.status.is_end:  # it was cancelled before
            return {"status": known.status.value}
        if known.action is RunAction.DESTROY:
            with self._store.writing() as transaction:
                if forget_unmade(transaction, known):
                    return {"status": RunStatus.SUCCEEDED.value}
                record_resource(transaction, known, ActiveResourceStatus.DELETING)
        try:
            settled = {} if known.is_cancelled else self._attempts.current(run).parts.settled
        except UngovernedError as error:
            raise RunFailedError(error.what, where=error.where, fix=error.fix) from error
        with self._store.writing() as transaction:
            is_going_on = transaction.runs.change(
                run,
                status=RunStatus.RUNNING,
                started_at=known.started_at or transaction.now,
                **settled,
            )
            if is_going_on and known.action is RunAction.APPLY:
                record_resource(transaction, known, ActiveResourceStatus.PENDING)
        return {"action": known.action.value, "needs_approval": known.needs_approval}

    def fetch(self, run: str, attempt: int) -> dict[str, Any]:
        """Fetch the module into the run's folder, which begins empty."""
        known, current = self._enter(run, RunPhase.FETCH)
        folder, inputs = self._attempts.folder_of(run), self._preparing.inputs(known)
        for name in ("module", "plan", "saved"):
            shutil.rmtree(folder / name, ignore_errors=True)
            make_passable_folder(folder / name)
        with self._commanding.ending(known, current, "fetch"):
            found = self._sources.fetch(known, inputs, folder / "module", current.is_left)
            files = {name: text.encode() for name, text in inputs.files.items()}
            files |= {name: text.reveal().encode() for name, text in inputs.secret_files.items()}
            module = prepare_module(found.path, keep_backend=inputs.options.keep_backend, files=files)
            if inputs.credential_file is not None:
                link_credentials(module.path, inputs.credential_file)
            program = self._workshop.program(inputs)
            nested = self._sources.install(known, inputs, found, program.name, current.is_left)
        is_initialized = self._initialized.restore(folder, known, module, program)
        source = "the definition's script" if found.commit is None else f"commit {found.commit}"
        current.journal.say(RunPhase.FETCH.value, f"the module is {source}")
        for each in nested:
            current.journal.say(RunPhase.FETCH.value, f"module {each.key} is {each.words}")
        for note in module.notes():
            current.journal.say(RunPhase.FETCH.value, note)
        for name in ("module", "plan"):
            self._workshop.host.give(folder / name)
        if found.commit is not None:
            self._change(run, commit=found.commit)
        self._workshop.keep(folder, module)
        with failing():
            first = the_plan(attempt) if is_initialized else the_init(attempt)
            current.prepare(self._commanding.job(known, current, first).command)
        return {}

    def scan(self, run: str, attempt: int) -> dict[str, Any]:
        """Say what does not fit in the module's text. Nothing found here is a boundary."""
        known, current = self._enter(run, RunPhase.SCAN)
        if (module := self._kept_module(run)) is None:
            return {"again": "its folder is not on this machine"}
        for line in self._workshop.findings(module.path, self._preparing.inputs(known)):
            current.journal.say(RunPhase.SCAN.value, line)
        return {}

    def init(self, run: str, attempt: int) -> dict[str, Any]:
        """Initialize the module, and check which backend and providers are in effect."""
        known, current = self._enter(run, RunPhase.INIT)
        if (module := self._kept_module(run)) is None:
            return {"again": "its folder is not on this machine"}
        folder = self._attempts.folder_of(run)
        if self._initialized.is_restored(folder):
            current.journal.say(RunPhase.INIT.value, "init was done before, beside the same files")
        else:
            self._commanding.run(known, current, the_init(attempt), following=the_plan(attempt))
            self._initialized.keep(folder, known, module)
        with failing():
            effective = effective_of(module, read_pins(self._workshop.tools))
        for note in effective.notes:
            current.journal.say(RunPhase.INIT.value, note)
        for one in effective.providers:
            current.journal.say(RunPhase.INIT.value, f"provider {one.source} {one.version}")
        return {}

    def plan(self, run: str, attempt: int) -> dict[str, Any]:
        """Plan, move the saved plan away from the sandbox, and read what it would change."""
        known, current = self._enter(run, RunPhase.PLAN)
        if self._kept_module(run) is None:
            return {"again": "its folder is not on this machine"}
        show = the_show(attempt, RunPhase.PLAN)
        ended = self._commanding.run(known, current, the_plan(attempt), accepted=(0, 2), following=show)
        folder = self._attempts.folder_of(run)
        with failing():
            digest = move_plan(folder / "plan" / "tfplan", folder / "saved" / "tfplan", self._workshop.lend)
        applies_next = ended.code == 2 and known.action is not RunAction.PLAN and not known.needs_approval
        plan = self._saved_plan(known, current, show, following=the_apply(attempt) if applies_next else None)
        summary = summary_of(plan)
        self._change(run, plan=summary, plan_digest=digest, plan_used=False, approved_at=None, approved_by=None)
        has_changes = ended.code == 2 or plan.has_changes
        for word, addresses in summary.items():
            if word in WORDS:
                current.journal.say(RunPhase.PLAN.value, f"{word}: {', '.join(addresses)}")
        if not has_changes:
            current.journal.say(RunPhase.PLAN.value, "nothing is to be changed")
        return {"has_changes": has_changes}

    def check(self, run: str, attempt: int) -> dict[str, Any]:
        """Judge the plan: findings on its policies, and what it deletes or replaces."""
        known, current = self._enter(run, RunPhase.CHECK)
        if self._kept_module(run) is None:
            return {"again": "its folder is not on this machine"}
        plan = self._plans.pop(run, None) or self._saved_plan(known, current, the_show(attempt, RunPhase.CHECK))
        with self._commanding.ending(known, current, "check"):
            rules = judge_by_own_rules(self._workshop.tools, plan.document, current.is_left)
            checked = check_plan(plan, rules=rules)
        masker = self._preparing.masker(known)
        findings = [self._workshop.finding(one) for one in checked.results]
        findings += map(words_of_removal, checked.removals)
        ruled = {
            one: f"{one.severity.value} by the operator's rules: {masker.text(one.message)}" for one in checked.rules
        }
        findings += ruled.values()
        for line in findings:
            current.journal.say(RunPhase.CHECK.value, line)
        if findings and known.plan is not None:
            self._change(run, plan={**known.plan, "findings": findings[:_MOST_FINDINGS]})
        if refused := [line for one, line in ruled.items() if one.severity is Severity.ERROR]:
            raise RunFailedError("; ".join(refused[:3]), fix="change the module or its inputs")
        return {}

    def approve(self, run: str, attempt: int) -> dict[str, Any]:
        """Return once the plan is approved; meanwhile the gateway signs nothing. Errors: WaitingError until then."""
        known, current = self._enter(run, RunPhase.APPROVE)
        if again := self._is_void(known, current, attempt):
            self._change(run, status=RunStatus.RUNNING, approved_at=None, approved_by=None)
            current.wake()
            return again
        if known.approved_at is None:
            if known.status is not RunStatus.AWAITING_APPROVAL:
                current.sleep(WAITS)
                self._change(run, status=RunStatus.AWAITING_APPROVAL, phase=RunPhase.APPROVE)
                current.journal.say(RunPhase.APPROVE.value, f"plan {known.plan_digest} waits for an approval")
            with self._store.reading() as transaction:
                until = transaction.now + _ASK_AGAIN
            raise WaitingError(WAITS, until=until)
        self._change(run, status=RunStatus.RUNNING)
        current.journal.say(RunPhase.APPROVE.value, f"the plan is approved by {known.approved_by}")
        with failing():
            self._preparing.check_unchanged(known)
        current.wake()
        return {}

    def apply(self, run: str, attempt: int) -> dict[str, Any]:
        """Apply the saved plan, which is marked as used first."""
        named, saved = the_apply(attempt), self._attempts.folder_of(run) / "saved" / "tfplan"
        known, current = self._enter(run, RunPhase.APPLY, command=named.name)
        is_going = current.has(named.name)  # not if `_enter` found an attempt that had it, and began another
        if known.plan_used and not is_going:
            self._end_writes(known, current)
            for line in ("an apply of this plan was begun, and its end is not known", *changes_of(self._store, known)):
                current.journal.say(RunPhase.APPLY.value, line)
            return {"again": "an apply was begun"}
        if self._kept_module(run) is None or not saved.is_file():
            return {"again": "its folder is not on this machine"}
        if again := self._is_void(known, current, attempt):
            return again
        with failing():
            if digest_of(saved) != known.plan_digest:
                raise RunFailedError("the saved plan is not the one that was checked", fix="start another run")
        if not is_going:
            self._commanding.check_injected(known, current)
        with self._store.writing() as transaction:
            transaction.runs.change(run, plan_used=True)
            self._vault.permit_writes(run, current.run.attempt, within=transaction)
        try:
            self._commanding.run(known, current, named)
        except (RunFailedError, CancelledError, GoneError):
            self._end_writes(known, current)
            raise
        self._end_writes(known, current)  # after another error it works on, and the step is done again
        return {}

    def outputs(self, run: str, attempt: int) -> dict[str, Any]:
        """Read the outputs, and store those that are secret in custody."""
        known, current = self._enter(run, RunPhase.OUTPUTS, is_cancellable=False)
        with failing():
            is_ours = not self._preparing.inputs(known).options.keep_backend
            found = recorded_outputs(self._vault, current.state_token) if is_ours else None
        if found is None:
            if self._kept_module(run) is None:
                return {"again": "its folder is not on this machine"}
            named = NamedCommand(f"output-{attempt}", RunPhase.OUTPUTS, "output")
            shown = self._commanding.run(known, current, named)
            with failing():
                found = read_outputs(shown.output)
        current.dismiss()  # it ends while the outputs are recorded
        with self._store.writing() as transaction:
            values, refs = record_outputs(transaction, self._custody, known, found)
            record_resource(transaction, known, ActiveResourceStatus.ACTIVE, outputs=values, secret_refs=refs)
        return {}

    def record(self, run: str, attempt: int) -> dict[str, Any]:
        """Record that a destroyed resource is gone. That it is active was recorded with its outputs."""
        known = self._run(run)
        if known.action is RunAction.DESTROY:
            with self._store.writing() as transaction:
                remove_resource(transaction, known)
        return {}

    def end(self, run: str, status: RunStatus, *, error: str | None = None, how: str | None = None) -> None:
        """End the supervisor, give back the lease and the state's lock, remove the folder, and enter the end."""
        known = self._run(run)
        if (attempt := self._attempts.find(run)) is not None:
            attempt.journal.say("", f"the run {_ENDS[status]}{': ' + error if error else ''}")
        lease = self._attempts.end(run)
        self._preparing.forget(run)
        self._plans.pop(run, None)
        shutil.rmtree(self._attempts.folder_of(run), ignore_errors=True)
        with self._store.writing() as transaction:
            if lease is not None:
                transaction.runs.give_up_lease(run, lease)
            self._vault.end(run, within=transaction)
            values: dict[str, Any] = {"status": status, "ended_at": transaction.now, "error": error, "ended_how": how}
            if not transaction.runs.change(run, **values):
                return  # it was entered before a kill
            if known.action is not RunAction.APPLY or not is_provisioned_by(transaction, known):
                forget_inputs(transaction, known.organization, run)
            transaction.audit.append(end_entry(known, transaction.now, status, error, how))

    def interrupt(self, run: str) -> None:
        """Interrupt what works in the run here."""
        if (attempt := self._attempts.find(run)) is not None:
            attempt.interrupt()

    def _enter(
        self, run: str, phase: RunPhase, *, is_cancellable: bool = True, command: str = ""
    ) -> tuple[Run, Attempt]:
        """Begin a step, or go on with its `command`, which saves its state at its end. Errors: CancelledError."""
        known, here = self._run(run), self._attempts.find(run)
        is_going = here is not None and here.has(command)
        if known.is_cancelled and is_cancellable and not is_going:
            raise CancelledError(f"before {phase.value}: nothing had to be interrupted")
        current = self._attempts.current(run)
        if current.killed_because is not None and not is_going:
            raise RunFailedError(current.killed_because, fix="look at what the run made; an owner turns the switch off")
        current.journal.enter(phase)
        if known.attempt and current.run.attempt != known.attempt and phase is not RunPhase.APPROVE:
            self._change(run, **current.parts.settled)  # another attempt has the contract and the role of now
        return replace(known, phase=phase, attempt=current.run.attempt), current

    def _is_void(self, run: Run, current: Attempt, attempt: int) -> dict[str, Any]:
        """Return why the saved plan cannot be applied: it has surrogates among its variables that nobody knows."""
        if current.has(the_plan(attempt).name) or not self._preparing.has_credential_variables(run):
            return {}
        why = "the plan has the credentials of a supervisor that has ended"
        current.journal.say(RunPhase.PLAN.value, f"{why}, so the run plans anew")
        return {"again": why}

    def _saved_plan(
        self, run: Run, current: Attempt, show: NamedCommand, following: NamedCommand | None = None
    ) -> Plan:
        """Return what the saved plan would change. Errors: RunFailedError, CancelledError, GoneError."""
        shown = self._commanding.run(run, current, show, following=following)
        with failing():
            plan = read_plan(shown.output)
        self._preparing.masker(run).learn(plan.sensitive)
        self._plans[run.id] = plan
        return plan

    def _end_writes(self, run: Run, current: Attempt) -> None:
        self._rescue(run, current)
        self._vault.permit_writes(run.id, current.run.attempt, permitted=False)

    def _rescue(self, run: Run, current: Attempt) -> None:
        """Store the state that Terraform could not send, if it left one.

        Errors: OutOfReachError: the step is done again, and the file with the state is kept until then.
        """
        if (module := self._kept_module(run.id)) is None:
            return
        try:
            if (content := unsent_state(module.path)) is None:
                return
            self._vault.permit_writes(run.id, current.run.attempt)
            self._vault.rescue(run.id, current.run.attempt, content)
            (module.path / UNSENT).unlink()
            current.journal.say(RunPhase.APPLY.value, "the state that Terraform could not send was stored")
        except OutOfReachError:
            raise
        except LeastwayError as error:
            current.journal.say(RunPhase.APPLY.value, f"{UNSENT} could not be stored: {error}")

    def _kept_module(self, run: str) -> ModuleFolder | None:
        return kept_module(self._attempts.folder_of(run))

    def _run(self, run: str) -> Run:
        with self._store.reading() as transaction:
            found = transaction.runs.find(run)
        if found is None:
            raise RunFailedError("the run does not exist any more")
        return found

    def _change(self, run: str, **values: Any) -> None:
        with self._store.writing() as transaction:
            transaction.runs.change(run, **values)


_ENDS: Final = {RunStatus.SUCCEEDED: "succeeded", RunStatus.FAILED: "failed", RunStatus.CANCELLED: "was cancelled"}
