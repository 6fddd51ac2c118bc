"""The policy that is suggested from what the runs of a definition, or one run, really called: one for each role.

The calls are those that the gateways of the runs recorded. The contract is the one in force that has the role, or else
the bound of the account's principal; without one, there is nothing to prove the suggestion against, and that is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from leastway.policy import PolicySet
from leastway.primitives import Arn, Partition
from leastway.proof import Contract, parse_contract
from leastway.registry import Run, RunCall
from leastway.service.caller import Caller, NotFoundError
from leastway.service.server import Server
from leastway.store import Transaction
from leastway.suggestion import ObservedCall, Suggestion, Within, judge, suggest
from leastway.tenants import Permission

__all__ = ["RoleSuggestion", "suggest_for_definition", "suggest_for_run"]

_MOST_RUNS: Final = 100
_MOST_CALLS: Final = 10_000


@dataclass(frozen=True, slots=True)
class RoleSuggestion:
    """What to allow a role. `runs` are the runs that used it; `grant` has the contract that `within` is about."""

    role: str
    runs: tuple[str, ...]
    suggestion: Suggestion
    grant: str | None
    within: Within | None


def suggest_for_run(server: Server, caller: Caller, organization: str, run: str) -> tuple[RoleSuggestion, ...]:
    """Return the suggestions from one run, by role. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        found = transaction.runs.find(run, organization)
        if found is None:
            raise NotFoundError(f"run {run!r} does not exist", fix="list the runs of the organization")
        roles = _recorded(transaction, organization, (found,))
    return tuple(map(_suggested, roles))


def suggest_for_definition(
    server: Server, caller: Caller, organization: str, definition: str
) -> tuple[RoleSuggestion, ...]:
    """Return the suggestions from the newest hundred runs of a definition, by role. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        found = transaction.runs.of_definition(organization, definition, _MOST_RUNS)
        if not found and transaction.definitions.find(organization, definition) is None:
            raise NotFoundError(
                f"definition {definition!r} does not exist", fix="list the definitions of the organization"
            )
        roles = _recorded(transaction, organization, found)
    return tuple(map(_suggested, roles))


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What the store has about a role: its calls, the runs that made them, and the bound of its contract."""

    role: str
    runs: tuple[str, ...]
    calls: tuple[RunCall, ...]
    grant: str | None
    bound: PolicySet | None


def _recorded(transaction: Transaction, organization: str, runs: Iterable[Run]) -> list[_Recorded]:
    calls: dict[str, list[RunCall]] = {}
    by: dict[str, dict[str, None]] = {}
    for run in runs:
        for call in transaction.runs.calls(run.id, _MOST_CALLS):
            if call.role is not None:
                calls.setdefault(call.role, []).append(call)
                by.setdefault(call.role, {})[run.id] = None
    accounts = {role: Arn.parse(role).account for role in calls}
    contracts = {one: _contracts(transaction, organization, one) for one in set(accounts.values())}
    return [
        _Recorded(role, tuple(by[role]), tuple(calls[role]), *_bound(contracts[accounts[role]], role))
        for role in sorted(calls)
    ]


def _suggested(recorded: _Recorded) -> RoleSuggestion:
    """Suggest and prove, which can take seconds: no transaction is open."""
    arn = Arn.parse(recorded.role)
    suggestion = suggest(_observed(recorded.calls), Partition(arn.partition), arn.account)
    within = None if recorded.bound is None else judge(suggestion, recorded.bound)
    return RoleSuggestion(recorded.role, recorded.runs, suggestion, recorded.grant, within)


def _observed(calls: Iterable[RunCall]) -> Iterator[ObservedCall]:
    for call in calls:
        resources = call.resources if len(call.resources) == len(call.actions) else ("",) * len(call.actions)
        yield ObservedCall(
            call.service,
            call.operation,
            call.region,
            tuple(zip(call.actions, resources, strict=True)),
            call.decision == "refused",
            call.reason,
            call.status,
            call.code,
        )


def _bound(contracts: Iterable[tuple[str, Contract]], role: str) -> tuple[str | None, PolicySet | None]:
    """Return the grant whose contract has the role, and what it permits at most."""
    found = ((grant, contract.bound_of(role)) for grant, contract in contracts)
    return next((one for one in found if one[1] is not None), (None, None))


def _contracts(transaction: Transaction, organization: str, account: str) -> list[tuple[str, Contract]]:
    """Return the contracts in force for an AWS account, each with its grant."""
    stored = transaction.contracts.all_current(organization, account)
    return [(one.grant, parse_contract(json.loads(transaction.contracts.content(one))).contract) for one in stored]
