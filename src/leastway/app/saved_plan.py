"""Saved plans: a plan in a file, which somebody can approve before it is applied (`leastway.app.replan`).

The file has the digests of the grant's files, the version of the profile, the external ids, and each change with the
live object that it was planned for. It holds no secret, but it shows who has which access: only its owner can read it.

`docs/schema/plan.schema.json` describes the format. `format_version` is raised when an older leastway would misread it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from leastway import __version__
from leastway.app.plan import Planned
from leastway.app.plan_options import PlanOptions
from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import Note, RoleIds, RoleKey, Stage
from leastway.grant import Grant, profile_digest, profile_name
from leastway.primitives import read_file, write_private
from leastway.reconcile import Change, ChangeAction, change_json, object_json, observed_json, unreadable_json

__all__ = ["FORMAT_VERSION", "SavedPlan", "planned_json", "read_saved_plan", "save_plan"]

FORMAT_VERSION = 1
_KIND = "Plan"
_LARGEST = 256 << 20
_BEGINNING = 200
"""Bytes in which a saved plan states its kind."""
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan from a file: `digests` are those of the grant's files, `changes` are JSON values by printed address."""

    path: Path
    made: str
    grant: Path
    name: str
    digests: Mapping[str, str]
    profile: tuple[str, str]
    """The name with the version, and the digest."""
    options: PlanOptions
    external_ids: Mapping[RoleKey, RoleIds]
    changes: Mapping[str, Json]
    unreadable: frozenset[str]


def save_plan(
    path: Path, grant: Grant, planned: Planned, options: PlanOptions, notes: Sequence[Note], made: dt.datetime
) -> None:
    """Write `planned` to the file `path`; `grant` is the whole grant, `made` the current time.

    Errors: LeastwayError if the file cannot be written.
    """
    ids = planned.settled.ids.by_role
    content = {
        "kind": _KIND,
        "format_version": FORMAT_VERSION,
        "leastway": __version__,
        "made": made.isoformat(timespec="seconds"),
        "grant": {"name": grant.name, "file": str(grant.source), "digests": dict(grant.digests)},
        "profile": {"name": profile_name(grant.platform), "digest": profile_digest(grant.platform)},
        "options": asdict(options),
        "external_ids": [
            {
                "account": key[0],
                "role": key[1],
                "current": one.current,
                "others": list(one.others),
                "stage": one.stage.value,
            }
            for key, one in ids.items()
        ],
        "changes": [planned_json(change) for change in planned.plan],
        "unreadable": [unreadable_json(problem) for problem in planned.plan.unreadable],
        "not_included": [str(where) for where in planned.plan.left_out],
        "notes": [{"where": note.where, "text": note.text, "unsafe": note.is_unsafe} for note in notes],
    }
    try:
        if path.is_symlink():
            raise OSError(0, "it is a symbolic link, and leastway does not write through links")
        write_private(path, _text_of(content))
    except OSError as error:
        raise LeastwayError(
            f"the plan cannot be written: {error.strerror}", where=str(path), fix="give another file with --out"
        ) from error


def _text_of(content: Json) -> str:
    """Return the JSON text with each element of a list on a line of its own, so that plans can be compared by lines."""
    parts = (
        f"{json.dumps(name)}: {_lines(value) if isinstance(value, list) else json.dumps(value)}"
        for name, value in content.items()
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(elements: list[Any]) -> str:
    return "[\n" + ",\n".join(map(json.dumps, elements)) + "\n]" if elements else "[]"


def planned_json(change: Change) -> dict[str, Any]:
    """Return a change as in a file: with its stages and the live object."""
    stages = [object_json(stage) for stage in change.stages]
    observed = observed_json(change.live) if change.live is not None else None
    return {**change_json(change), "stages": stages, "observed": observed}


def read_saved_plan(path: Path) -> SavedPlan | None:
    """Read the file `path` as a saved plan; return None if it is something else, such as a grant.

    A file is a plan if it begins with a JSON object whose `kind` is `Plan`; a file that cannot be read is left to the
    reader of grants. Errors: InvalidInputError if the plan is damaged or has another format version.
    """
    try:
        content = read_file(path, limit=_LARGEST)
    except InvalidInputError:
        return None
    beginning = content[:_BEGINNING].lstrip()
    if not beginning.startswith(b"{") or f'"kind": "{_KIND}"'.encode() not in beginning:
        return None
    try:
        read = json.loads(content)
        version = read.get("format_version")
        if version != FORMAT_VERSION:
            raise InvalidInputError(
                f"the plan has format version {version!r}, and this leastway ({__version__}) reads {FORMAT_VERSION}",
                where=str(path),
                fix="apply it with the leastway that made it, or make a new plan",
            )
        return _parsed(path, read)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"the plan is damaged: {_said(error)}"
        raise InvalidInputError(what, where=str(path), fix="make a new plan with `leastway plan --out`") from error


def _said(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return "it is not valid JSON"
        case KeyError():
            return f"{error.args[0]} is missing"
        case RecursionError():
            return "it is nested too deeply"
        case _:
            return str(error)


def _parsed(path: Path, read: Json) -> SavedPlan:
    grant, profile, options = (_object(read[name], name) for name in ("grant", "profile", "options"))
    digests = _object(grant["digests"], "digests")
    external_ids = (_object(one, "external_ids") for one in _list(read["external_ids"], "external_ids"))
    changes = [_object(one, "changes") for one in _list(read["changes"], "changes")]
    for change in changes:
        ChangeAction(change["action"])
        for name in ("wanted", "observed"):
            if change[name] is not None:
                _object(change[name], name)
        if change["observed"] is not None:
            _object(change["observed"]["object"], "observed")
        _list(change["stages"], "stages")
    return SavedPlan(
        path,
        _text(read["made"], "made"),
        Path(_text(grant["file"], "file")),
        _text(grant["name"], "name"),
        {name: _text(digest, "digests") for name, digest in digests.items()},
        (_text(profile["name"], "name"), _text(profile["digest"], "digest")),
        _options(options),
        {
            (_text(one["account"], "account"), _text(one["role"], "role")): RoleIds(
                _text(one["current"], "current"), _texts(one["others"], "others"), Stage(one["stage"])
            )
            for one in external_ids
        },
        {_text(change["address"], "address"): change for change in changes},
        frozenset(
            _text(_object(one, "unreadable")["where"], "where") for one in _list(read["unreadable"], "unreadable")
        ),
    )


def _options(read: Mapping[str, Any]) -> PlanOptions:
    if unknown := read.keys() - {spec.name for spec in fields(PlanOptions)}:
        raise ValueError(f"unknown option {min(unknown)}")
    side = read["external_ids"]
    if side not in (None, "live", "stored"):
        raise ValueError(f"unknown external_ids {side!r}")
    return PlanOptions(
        adopt=read["adopt"] is True,
        trust_marks=read["trust_marks"] is True,
        finish=read["finish"] is True,
        external_ids=side,
        give_up=_texts(read["give_up"], "give_up"),
        accounts=_texts(read["accounts"], "accounts"),
        clusters=_texts(read["clusters"], "clusters"),
    )


def _texts(value: Any, name: str) -> tuple[str, ...]:
    return tuple(_text(each, name) for each in _list(value, name))


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{name} is not an object")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{name} is not a list")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is not a string")
    return value
