"""Apply a saved plan exactly as it was made, or not at all.

1. The grant's files and the profile must be those of the plan; nothing is called before.
2. Everything is read and planned again, with the options of the plan.
3. Each change must be the same, for the same live object, or already done by an earlier apply of the same plan.

What is then carried out is the new plan. A file, however it was edited, can therefore only restrict what the grant
says; external ids of roles that do not exist yet are taken from it, and refused if they can be guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.app.plan_options import plan_requested
from leastway.app.progress import Progress
from leastway.app.saved_plan import SavedPlan, planned_json
from leastway.compiler import refuse_conflicts
from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import Address, RoleIds, RoleKey, Stage
from leastway.grant import Grant, is_external_id, profile_digest, profile_name, why_guessable
from leastway.reconcile import Change, ChangeAction
from leastway.shown import shown

__all__ = ["OutdatedPlanError", "check_grant", "replan"]

_SHOWN = 50
_CREATED = frozenset({ChangeAction.CREATE.value, ChangeAction.REPLACE.value})
Json = Mapping[str, Any]


class OutdatedPlanError(LeastwayError):
    """What was planned no longer fits; `changed` are (name, what changed) pairs, and nothing was written."""

    def __init__(self, saved: SavedPlan, changed: Sequence[tuple[str, str]]) -> None:
        self.changed = tuple(changed)
        what = "the plan is out of date, and nothing was changed:"
        listed = "; ".join(f"{name}: {why}" for name, why in self.changed[:_SHOWN])
        fix = f"make a new plan and look at it: leastway plan {saved.grant} --out {saved.path}"
        super().__init__(f"{what} {listed}", where=str(saved.path), fix=fix)

    def diagnostics(self) -> str:
        """Return the error for a person, with each thing that changed on a line of its own."""
        lines = [f"  {shown(name)}: {shown(why)}" for name, why in self.changed[:_SHOWN]]
        if more := len(self.changed) - len(lines):
            lines.append(f"  and {more} more")
        head = f"{shown(self.where or '')}: the plan is out of date, and nothing was changed:"
        return "\n".join([head, *lines, f"  {shown(self.fix or '')}"])


def check_grant(saved: SavedPlan, grant: Grant) -> None:
    """Refuse a plan whose grant or profile changed since, before anything is called. Errors: OutdatedPlanError."""
    now = dict(grant.digests)
    folder = saved.grant.parent
    changed = [
        (str(folder / name), _of_file(name in saved.digests, name in now))
        for name in sorted(saved.digests.keys() | now.keys())
        if saved.digests.get(name) != now.get(name)
    ]
    profile, digest = profile_name(grant.platform), profile_digest(grant.platform)
    if (profile, digest) != saved.profile:
        is_other = profile != saved.profile[0]
        changed.append(
            ("platform", f"the profile is {profile}, and was {saved.profile[0]}" if is_other else "the profile changed")
        )
    if changed:
        raise OutdatedPlanError(saved, changed)


def _of_file(was: bool, is_now: bool) -> str:
    if was and is_now:
        return "the file changed"
    return "the grant no longer names it" if was else "the grant names it now"


def replan(saved: SavedPlan, whole_grant: OpenGrant, *, progress: Progress | None = None) -> Planned:
    """Read and plan everything again, and return the plan if it is that of the file.

    External ids that the store does not know are taken from the file: it may have been made on another machine.
    Errors: OutdatedPlanError with everything that changed; InvalidInputError for a conflict of external ids.
    """
    _keep_ids(saved, whole_grant)
    planned = plan_requested(whole_grant, saved.options, progress=progress)
    changed = _changes(saved, whole_grant, planned)
    if changed:
        raise OutdatedPlanError(saved, list(changed.items()))
    refuse_conflicts(planned.settled.conflicts)
    return planned


def _keep_ids(saved: SavedPlan, open_grant: OpenGrant) -> None:
    """Store the external ids of roles that the store does not know, with those of their accounts."""
    known = open_grant.store.external_ids(open_grant.grant.name)
    missing = {key: ids for key, ids in saved.external_ids.items() if key not in known and ids.stage is Stage.SETTLED}
    with_roles = {account for account, role in missing if role}
    new = {key: ids for key, ids in missing.items() if key[0] in with_roles}
    for key, ids in new.items():
        _check_id(saved, open_grant.grant, key, ids)
    if new:
        open_grant.store.keep(open_grant.grant.name, new)


def _check_id(saved: SavedPlan, grant: Grant, key: RoleKey, ids: RoleIds) -> None:
    account = next((one for one in grant.accounts if one.id == key[0]), None)
    why: str | None
    if account is None:
        why = "the account is not part of the grant"
    elif not is_external_id(ids.current):
        why = "STS does not accept it"
    elif key[1] and (form := grant.platform.external_id_form) is not None:
        why = form.why_not(ids.current)
    else:
        why = why_guessable(
            ids.current,
            account=account.id,
            grant=grant.name,
            roles=(role.name for role in account.roles),
            clusters=(cluster.name for cluster in account.clusters),
            in_use=True,
        )
    if why:
        raise InvalidInputError(
            f"the external id of {'/'.join(filter(None, key))} cannot be used: {why}",
            where=str(saved.path),
            fix="make a new plan",
        )


def _changes(saved: SavedPlan, open_grant: OpenGrant, planned: Planned) -> dict[str, str]:
    """Return what changed since the plan was made, by address."""
    made = open_grant.store.made(planned.plan.grant)
    begun = {address for address, unique_id in made.items() if not unique_id}
    now = {str(change.address): change for change in planned.plan}
    found = {
        str(problem.where): f"it cannot be read any longer: {problem.reason}"
        for problem in planned.plan.unreadable
        if str(problem.where) not in saved.unreadable
    }
    for address in dict.fromkeys((*saved.changes, *now)):
        if why := _why(saved.changes.get(address), now.get(address), begun, planned.plan.grant):
            found.setdefault(address, why)
    return found


def _why(before: Json | None, change: Change | None, begun: set[Address], grant: str) -> str:
    """Return why a change is not the planned one, or an empty string."""
    if before is None and change is not None:
        return f"it was not in the plan ({change.action.value}: {change.reason})"
    assert before is not None  # noqa: S101 - one of the two exists
    writes = ChangeAction(before["action"]).writes
    if change is None:
        return "" if before["action"] == ChangeAction.DELETE.value else "it is no longer there"
    after = planned_json(change)
    if after["wanted"] != before["wanted"]:
        return f"what it must become changed ({_fields(before['wanted'], after['wanted'])})"
    if writes and change.action is ChangeAction.NONE:
        return ""  # an earlier apply of the same plan got this far
    is_same = after["action"] == before["action"]
    if not writes or not change.action.writes:
        return "" if is_same else f"it was planned as {before['action']}, and now is {after['action']}: {change.reason}"
    if is_same and after["observed"] == before["observed"]:
        return ""
    if _is_begun(before, change, begun) or _is_between(before, after, grant):
        return ""
    return _observed_differently(before["observed"], after["observed"])


def _is_begun(before: Json, change: Change, begun: set[Address]) -> bool:
    """Return whether an apply was stopped while it created the object: the store has it without its unique id."""
    was_absent = before["action"] in _CREATED and before["observed"] is None
    is_ours = change.action is ChangeAction.UPDATE and change.live is not None and bool(change.live.unique_id)
    return was_absent and is_ours and change.address in begun


def _is_between(before: Json, after: Json, grant: str) -> bool:
    """Return whether each part of the live object is as it was planned for, or as the plan leaves it."""
    old, new = before["observed"], after["observed"]
    if old is None or new is None or old["unique_id"] != new["unique_id"] or new["owner"] not in (old["owner"], None):
        return False
    if new["mark"] != old["mark"] and (new["mark"] or {}).get("grant") != grant:
        return False
    states = [_parts(state) for state in (old["object"], *before["stages"])]
    kept = [(name, value) for name, value in states[0].items() if all(one.get(name) == value for one in states)]
    live = _parts(new["object"])
    is_known = all(any(state.get(name) == value for state in states) for name, value in live.items())
    return is_known and all(live.get(name) == value for name, value in kept)


def _parts(one: Json) -> dict[str, Any]:
    """Return the fields of an object; each inline policy and each element of a set is a part of its own."""
    found: dict[str, Any] = {}
    for name, value in one.items():
        if name == "inline":
            found |= {f"inline policy {policy}": document for policy, document in value}
        elif isinstance(value, list) and all(isinstance(each, str) for each in value):
            found |= {f"{name} {each}": True for each in value}
        else:
            found[name] = value
    return found


def _observed_differently(before: Json | None, after: Json | None) -> str:
    if before is None:
        return "it did not exist when the plan was made"
    if after is None:
        return "it no longer exists"
    if before["unique_id"] != after["unique_id"]:
        return "it was deleted and created again since the plan was made"
    changed = _fields(before["object"], after["object"])
    if not changed:
        changed = ", ".join(name for name in ("mark", "owner") if before[name] != after[name])
    return f"it changed since the plan was made ({changed})"


def _fields(before: Json | None, after: Json | None) -> str:
    old, new = _parts(before or {}), _parts(after or {})
    return ", ".join(name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name))
