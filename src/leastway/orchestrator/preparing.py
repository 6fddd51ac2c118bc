"""What a run and its attempts need to know: inputs out of custody, what governs their calls, and what answers them.

Inputs are opened once for each run that works here, and forgotten at its end.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from leastway.aws.calls import regions_of
from leastway.errors import LeastwayError, OutOfReachError
from leastway.gateway import CredentialsMode, RunTerms, StateAnswer, StateRequest
from leastway.orchestrator.attempt import AttemptParts
from leastway.orchestrator.authority import LEASE, RunAuthority, RunBounds
from leastway.orchestrator.definition_keys import DefinitionKeys
from leastway.orchestrator.governing import Governing, aws_account_of, find_contract
from leastway.orchestrator.inputs import RunInputs, from_secret
from leastway.orchestrator.journal import Journal
from leastway.orchestrator.parts import OrchestratorParts
from leastway.orchestrator.procedure import RunFailedError
from leastway.orchestrator.states import StateBackend, StateKey, StateVault
from leastway.ports import CallerIdentity, DamagedError, Holder, HolderKind, SecretPlace, SessionKeys
from leastway.primitives import Masker, Partition, Secret
from leastway.registry import Run, RunAction, RunCredentials, RunPhase, RunStatus

__all__ = ["WAITS", "Governed", "Preparing", "UngovernedError", "regions_for"]

WAITS: Final = "the plan waits for an approval"
"""Why the gateway of a run sleeps."""


class UngovernedError(LeastwayError):
    """Nothing says under which role and contract the run works, or its inputs are not there."""


@dataclass(frozen=True, slots=True)
class Governed:
    """What governs a run's calls. `role` is None if the module assumes one with a user's key."""

    contract: Governing
    role: str | None
    aws_account: str
    partition: Partition


@dataclass(slots=True)
class _Known:
    inputs: RunInputs
    masker: Masker


class Preparing:
    """Makes what attempts work with. Thread-safe."""

    def __init__(self, given: OrchestratorParts, journal: Journal, vault: StateVault, backend: StateBackend) -> None:
        self._given = given
        self._journal, self._vault, self._backend = journal, vault, backend
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def __call__(
        self, run: Run, lease: str, state_token: Secret | None, killed: Callable[[str], None], /
    ) -> tuple[AttemptParts, Secret]:
        """Return the parts of an attempt; see `leastway.orchestrator.attempts.Preparation`."""
        given, token = self._given, state_token
        try:
            governed, inputs = self.govern(run), self.inputs(run)
        except OutOfReachError:
            raise
        except LeastwayError as error:
            raise UngovernedError(error.what, where=error.where, fix=error.fix) from error
        if token is None:
            key, title = StateKey(run.organization, run.guresid), f"{run.application}/{run.environment} {run.key}"
            ticket = self._vault.open_access(key, title=title, run=run.id, attempt=run.attempt, lease=LEASE)
            token = ticket.token
        elif not self._vault.renew(run.id, run.attempt, LEASE):
            raise LeastwayError("another run has taken the state of the resource since", where=f"run {run.id}")
        self.masker(run).learn([token])
        journal = self._journal.of(run.id, run.attempt)
        keys = None
        if run.credentials is RunCredentials.KEYS:
            keys = DefinitionKeys(self._pair(inputs), run, given.sts, given.store, given.clock)
        is_taken_up = state_token is not None and run.started_at is not None
        authority = RunAuthority(
            run=run,
            lease=lease,
            bounds=RunBounds(
                inputs.named_roles,
                inputs.options.plan_role,
                inputs.options.plan_external_id,
                run.role if is_taken_up else governed.role,  # a supervisor that is left has that of its start
            ),
            store=given.store,
            gate=given.gate,
            broker=given.broker,
            ledger=given.ledger,
            clock=given.clock,
            journal=journal,
            state_of_run=_StateOfRun(self._vault, self._backend, run),
            killed=lambda switch: killed(f"a kill switch stops {switch.what}: {switch.reason}"),
            identity_of=lambda region: self._identity(run, inputs, region),
            keys=keys,
        )
        terms = RunTerms(
            run=run.id,
            organization=run.organization,
            account=run.account or "",
            partition=str(governed.partition),
            aws_account=governed.aws_account,
            regions=regions_for(inputs, governed.partition, given.region()),
            role=governed.role,
            mode=CredentialsMode.INJECTED if inputs.options.is_injected else CredentialsMode.SURROGATE,
            enforce=governed.contract.is_enforced,
            contract=governed.contract.content,
            credential_operations=tuple(sorted(inputs.options.credential_operations)),
            source_ip=given.source_ip,
            phase=(run.phase or RunPhase.PLAN).value,
            asleep=WAITS if run.status is RunStatus.AWAITING_APPROVAL else None,
        )
        return AttemptParts(authority, terms, journal, self._columns(run, governed)), token

    def inputs(self, run: Run) -> RunInputs:
        """Return the inputs of a run. Errors: DamagedError."""
        return self._of(run).inputs

    def masker(self, run: Run) -> Masker:
        """Return what masks the secrets of a run."""
        return self._of(run).masker

    def forget(self, run: str) -> None:
        """Forget the inputs of a run."""
        with self._lock:
            self._known.pop(run, None)

    def credential_values(self, run: Run, inputs: RunInputs) -> dict[str, Any]:
        """Return the variables with credentials, as marks that the supervisor replaces by surrogates."""
        found: dict[str, Any] = {name: f"@{part}@" for name, part in inputs.credential_variables.items()}
        if run.credentials is RunCredentials.KEYS:
            pair = self._pair(inputs)
            for name, value in inputs.secret_variables.items():
                text = value.reveal() if isinstance(value, Secret) else None
                if text == pair.key_id:
                    found[name] = "@AccessKeyId@"
                elif text == pair.secret.reveal():
                    found[name] = "@SecretAccessKey@"
        return found

    def has_credential_variables(self, run: Run) -> bool:
        """Return whether a plan of the run has surrogates among its variables: those of one supervisor alone."""
        return bool(self.credential_values(run, self.inputs(run)))

    def govern(self, run: Run) -> Governed:
        """Return the role and the AWS account of a run, and the contract for them.

        Errors: LeastwayError if the account does not exist, or nothing says in which AWS account the run works.
        """
        inputs = self.inputs(run)
        roles = list(inputs.named_roles)
        own = None
        if run.account is not None:
            account = self._given.roles_of(run.organization, run.account)
            if account is None:
                fix = "change the definition's account"
                if run.action is RunAction.DESTROY:
                    fix = "add it again: the resource was made with it"
                raise LeastwayError(f"account {run.account!r} does not exist", fix=fix)
            own = account.own.arn if account.own is not None else None
            roles = roles or [one.arn for one in account.listed]
        if own is None and not roles:
            raise LeastwayError(
                "nothing says in which AWS account the run works",
                where=f"definition {run.definition}",
                fix="name a cloud account in driver_account, or the role that the module assumes in its variables",
            )
        first = own or sorted(roles)[0]
        account_id = aws_account_of(first)
        contract = find_contract(self._given.store, run.organization, account_id, [own] if own else roles)
        return Governed(contract, own, account_id, Partition(first.split(":")[1]))

    def settled(self, run: Run) -> dict[str, Any]:
        """Return what the page of a run says about what governs it now. Errors: those of `govern`."""
        return self._columns(run, self.govern(run))

    def _columns(self, run: Run, governed: Governed) -> dict[str, Any]:
        """Return what the page of a run says about what governs it: columns of the run."""
        contract, warnings = governed.contract, self.inputs(run).warnings()
        return {
            "role": governed.role,
            "contract": contract.digest,
            "is_enforced": contract.is_enforced,
            "warnings": warnings if contract.is_enforced else (*warnings, contract.why),
        }

    def check_unchanged(self, run: Run) -> None:
        """Refuse to go on with a plan that was made under another contract or role. Errors: RunFailedError."""
        now, since = self.settled(run), "since the plan was made, so that the plan and its approval do not count"
        fix = "start another run"
        if now["role"] != run.role:
            raise RunFailedError(f"the role of account {run.account} has changed {since}", where=run.role, fix=fix)
        if now["contract"] != run.contract:
            raise RunFailedError(f"the contract of the grant has changed {since}", where=run.role, fix=fix)

    def _of(self, run: Run) -> _Known:
        with self._lock:
            if (known := self._known.get(run.id)) is not None:
                return known
        place = SecretPlace(Holder(run.organization, HolderKind.RUN, run.id), 1)
        with self._given.store.reading() as transaction:
            sealed = transaction.secrets.sealed(place)
        if sealed is None:
            raise DamagedError("the run's inputs are missing from the store", where=str(place), fix="start another run")
        inputs = from_secret(self._given.custody.open(sealed), role_prefix=self._given.role_prefix())
        known = _Known(inputs, Masker(_secrets_of(inputs)))
        with self._lock:
            return self._known.setdefault(run.id, known)

    def _identity(self, run: Run, inputs: RunInputs, region: str) -> CallerIdentity:
        if run.credentials is RunCredentials.KEYS:
            return self._given.sts.identity(region, self._pair(inputs))
        if run.account is None:
            raise LeastwayError("the run has no account")
        return self._given.sts.identity(region, self._given.key_of(run.organization, run.account))

    def _pair(self, inputs: RunInputs) -> SessionKeys:
        """Return the long-term key among the secret variables. Errors: LeastwayError unless there is exactly one."""
        secrets = inputs.secret_keys
        if len(inputs.key_ids) != 1 or len(secrets) != 1:
            raise LeastwayError(
                "the secret variables do not contain exactly one access key and its secret",
                where="driver_inputs.secrets.variables",
                fix="name a cloud account in driver_account, and pass its credentials by credentials_config",
            )
        return SessionKeys(inputs.key_ids[0], Secret(secrets[0]))


@dataclass(frozen=True, slots=True)
class _StateOfRun:
    vault: StateVault
    backend: StateBackend
    run: Run = field(repr=False)

    def answer(self, request: StateRequest) -> StateAnswer:
        """Answer a request of Terraform's http backend."""
        return self.backend.answer(request)

    def renew(self) -> bool:
        """Renew the lease of the state."""
        return self.vault.renew(self.run.id, self.run.attempt, LEASE)


def regions_for(inputs: RunInputs, partition: Partition, own: str) -> tuple[str, ...]:
    """Return the regions of a run: those of the partition that its inputs name, and the server's `own`, if it is one.

    Only names of regions count: acme-prod-1 contains what looks like one and is none.
    """
    known = regions_of(partition)
    region = re.compile("|".join(sorted(known, key=len, reverse=True)))
    named = [one for text in (*_texts_of(inputs.variables), inputs.script or "") for one in region.findall(text)]
    return tuple(one for one in dict.fromkeys([*named, own]) if one in known) or (partition.home_region,)


def _secrets_of(inputs: RunInputs) -> list[Secret]:
    source = inputs.source
    found = [source.password, source.ssh_key] if source is not None else []
    every = [*found, *inputs.secret_variables.values(), *inputs.secret_files.values()]
    return [one for one in every if isinstance(one, Secret)]


def _texts_of(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for member in value.values() for text in _texts_of(member)]
    if isinstance(value, list | tuple):
        return [text for member in value for text in _texts_of(member)]
    return []
