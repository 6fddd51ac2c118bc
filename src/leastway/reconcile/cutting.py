"""Cut off the users and roles of a grant, account by account, and undo it.

The order in one account:
1. close the trust policies, so that no new session is issued;
2. deny everything on every user and role, which existing sessions meet at their next request;
3. deactivate the access keys of users.
A step that fails does not stop the others: whatever can be cut is cut. What is done already is left as it is, so that a
run after a killed one continues. What gives access in clusters is deleted afterwards, by an ordinary plan
(`cut_targets.cluster_plan`).
A restore goes the other way, and ends with the policy: as long as it denies everything, nothing else matters.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from leastway.errors import in_words
from leastway.estate import (
    Address,
    Kind,
    OldSessionsMark,
    RevokedMark,
    deny_everything,
    deny_old_sessions,
    mark_in,
)
from leastway.policy import Document, Effect, same_meaning
from leastway.ports import PrincipalState, Revoker, Sites
from leastway.reconcile.cut_targets import Target
from leastway.reconcile.results import Outcome
from leastway.reconcile.revocation import sessions_end

__all__ = [
    "CutAct",
    "CutStep",
    "Restoring",
    "cut",
    "not_cut_yet",
    "not_restored_yet",
    "open_trusts",
    "restore_principals",
]

_ALREADY: Final = "already done"


class CutAct(enum.Enum):
    """A step of a revocation or a restore."""

    READ = "read"
    CLOSE_TRUST = "close the trust policy"
    DENY = "deny everything"
    DEACTIVATE = "deactivate the key"
    OPEN_TRUST = "open the trust policy"
    ACTIVATE = "activate the key"
    DENY_OLD = "deny sessions from before"


@dataclass(frozen=True, slots=True)
class CutStep:
    """The result of one step on one user or role.

    `detail` is a key id, or a trust policy that had to be replaced; `at` is since when everything is denied, or until
    when old sessions are.
    """

    principal: Address
    act: CutAct
    outcome: Outcome
    detail: str = ""
    reason: str = ""
    fix: str = ""
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Restoring:
    """How to restore one user or role: sessions issued before `before` stay denied.

    `longest` is the longest session that it gave, in seconds.
    """

    principal: Address
    before: dt.datetime
    longest: int


def cut(
    targets: Sequence[Target], sites: Sites, *, workers: int, on_step: Callable[[CutStep], None] = lambda _: None
) -> tuple[CutStep, ...]:
    """Cut off `targets`, account by account in parallel; a failure stops neither other accounts nor other steps."""

    def turn(account: str, principals: Sequence[Address]) -> list[CutStep]:
        return list(_cut(sites.revoker(account), principals, on_step))

    return _in_each_account([target.principal for target in targets], turn, workers, on_step)


def not_cut_yet(principal: Address, state: PrincipalState | None) -> str | None:
    """Return what a user or role does not show yet of a revocation, or None. A missing one is cut off."""
    if state is None:
        return None
    mark = mark_in(state.policy) if state.policy is not None else None
    if principal.kind is Kind.ROLE and not state.is_closed:
        return f"{principal} can still be assumed"
    if not isinstance(mark, RevokedMark) or state.policy is None or not _denies_everything(state.policy):
        return f"{principal} does not show the Deny yet"
    if active := sorted(key for key, is_active in state.keys.items() if is_active):
        return f"{principal} still has the active key {active[0]}"
    return None


def not_restored_yet(principal: Address, state: PrincipalState | None) -> str | None:
    """Return what a user or role does not show yet of a restore, or None."""
    mark = mark_in(state.policy) if state is not None and state.policy is not None else None
    if state is not None and state.is_closed:
        return f"{principal} cannot be assumed yet"
    if isinstance(mark, RevokedMark):
        return f"{principal} still denies everything"
    if state is not None and isinstance(mark, OldSessionsMark) and state.read_at < mark.before:
        return f"{principal} still denies sessions that are issued now: it accepts those from {mark.before} on"
    return None


def restore_principals(
    restoring: Sequence[Restoring], sites: Sites, *, workers: int, on_step: Callable[[CutStep], None] = lambda _: None
) -> tuple[CutStep, ...]:
    """Restore users and roles whose access is put back already: activate keys, then deny only old sessions."""
    by_address = {one.principal: one for one in restoring}

    def turn(account: str, principals: Sequence[Address]) -> list[CutStep]:
        revoker = sites.revoker(account)
        return [step for each in principals for step in _restore(revoker, by_address[each], on_step)]

    return _in_each_account(list(by_address), turn, workers, on_step)


def open_trusts(
    roles: Sequence[Address], sites: Sites, *, workers: int, on_step: Callable[[CutStep], None] = lambda _: None
) -> tuple[CutStep, ...]:
    """Open the trust policies of roles that no plan changes."""

    def turn(account: str, principals: Sequence[Address]) -> list[CutStep]:
        revoker = sites.revoker(account)
        return [_tried(each, CutAct.OPEN_TRUST, partial(revoker.open, each), on_step) for each in principals]

    return _in_each_account(roles, turn, workers, on_step)


def _cut(revoker: Revoker, principals: Sequence[Address], on_step: Callable[[CutStep], None]) -> Iterator[CutStep]:
    states: dict[Address, PrincipalState] = {}
    for each in principals:
        try:
            state = revoker.state(each)
        except Exception as error:  # noqa: BLE001 - as in _tried
            yield _reported(CutStep(each, CutAct.READ, Outcome.FAILED, "", *in_words(error)), on_step)
            continue
        if state is None:
            yield _reported(CutStep(each, CutAct.READ, Outcome.SKIPPED, "", "it does not exist"), on_step)
        else:
            states[each] = state
    # 1.
    for each, state in states.items():
        if each.kind is Kind.ROLE:
            close = partial(revoker.close, each, state.read_at)
            yield _tried(each, CutAct.CLOSE_TRUST, None if state.is_closed else close, on_step)
    # 2.
    for each, state in states.items():
        policy = _denying(state)
        is_done = state.policy is not None and _same(state.policy, policy)
        step = _tried(each, CutAct.DENY, None if is_done else partial(revoker.put, each, policy), on_step)
        mark = mark_in(policy)
        yield replace(step, at=mark.since if isinstance(mark, RevokedMark) else None)
    # 3.
    for each, state in states.items():
        for key, is_active in sorted(state.keys.items()):
            deactivate = partial(revoker.set_key, each, key, active=False)
            step = _tried(each, CutAct.DEACTIVATE, deactivate if is_active else None, on_step)
            yield replace(step, detail=key)


def _denying(state: PrincipalState) -> Document:
    """Return the policy for a user or role; one that is revoked already keeps its time and its keys."""
    mark = mark_in(state.policy) if state.policy is not None else None
    before = mark if isinstance(mark, RevokedMark) else RevokedMark(None)
    active = {key for key, is_active in state.keys.items() if is_active}
    return deny_everything(before.since or state.read_at, before.keys | active)


def _denies_everything(policy: Document) -> bool:
    return any(
        one.effect is Effect.DENY
        and tuple(one.actions or ()) == tuple(one.resources or ()) == ("*",)
        and not one.conditions
        for one in policy.statements
    )


def _same(policy: Document, other: Document) -> bool:
    return same_meaning(policy, other) and {one.sid for one in policy.statements} == {
        one.sid for one in other.statements
    }


def _restore(revoker: Revoker, how: Restoring, on_step: Callable[[CutStep], None]) -> Iterator[CutStep]:
    each = how.principal
    try:
        state = revoker.state(each)
    except Exception as error:  # noqa: BLE001 - as in _tried
        yield _reported(CutStep(each, CutAct.READ, Outcome.FAILED, "", *in_words(error)), on_step)
        return
    if state is None:
        return
    mark = mark_in(state.policy) if state.policy is not None else None
    if isinstance(mark, OldSessionsMark):
        return
    for key in sorted(mark.keys & state.keys.keys() if mark is not None else ()):
        activate = partial(revoker.set_key, each, key, active=True)
        step = _tried(each, CutAct.ACTIVATE, None if state.keys[key] else activate, on_step)
        yield replace(step, detail=key)
        if step.outcome is Outcome.FAILED:
            return
    until = sessions_end(each.kind, max(how.longest, state.longest_session), state.read_at)
    step = _tried(each, CutAct.DENY_OLD, partial(revoker.put, each, deny_old_sessions(how.before, until)), on_step)
    yield replace(step, at=until)


def _tried(
    principal: Address, act: CutAct, call: Callable[[], str | None] | None, on_step: Callable[[CutStep], None]
) -> CutStep:
    """Make the call, unless it is None because it is done already."""
    if call is None:
        return _reported(CutStep(principal, act, Outcome.DONE, reason=_ALREADY), on_step)
    try:
        step = CutStep(principal, act, Outcome.DONE, call() or "")
    except Exception as error:  # noqa: BLE001 - a failure of any kind must not stop the other steps
        step = CutStep(principal, act, Outcome.FAILED, "", *in_words(error))
    return _reported(step, on_step)


def _in_each_account(
    principals: Iterable[Address],
    turn: Callable[[str, Sequence[Address]], list[CutStep]],
    workers: int,
    on_step: Callable[[CutStep], None],
) -> tuple[CutStep, ...]:
    """Call `turn` for each account in parallel; an account that cannot be opened fails alone."""
    by_account: dict[str, list[Address]] = {}
    for each in sorted(principals, key=lambda address: address.order):
        by_account.setdefault(each.place.account, []).append(each)

    def guarded(entry: tuple[str, list[Address]]) -> list[CutStep]:
        try:
            return turn(*entry)
        except Exception as error:  # noqa: BLE001 - a failure of any kind in one account must not stop the others
            what, fix = in_words(error)
            return [_reported(CutStep(each, CutAct.READ, Outcome.FAILED, "", what, fix), on_step) for each in entry[1]]

    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="revoke")
    try:
        results = list(pool.map(guarded, by_account.items()))
    finally:  # interrupted: calls in flight finish, and nothing new is started
        pool.shutdown(wait=True, cancel_futures=True)
    return tuple(step for steps in results for step in steps)


def _reported(step: CutStep, on_step: Callable[[CutStep], None]) -> CutStep:
    on_step(step)
    return step
