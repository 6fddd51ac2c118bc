"""Deployment sets, and the deltas that lead from one to another.

- A set has modules (workloads), each with a profile, a spec and its external resources, and the resources that modules
  share. It never changes; its id is the SHA-256 of its canonical JSON, so equal sets are the same set.
- A delta removes modules, adds or replaces whole ones, and changes the others and the shared resources by JSON Patch.
- Deltas combine: the later one wins. Within one delta, a removal wins over an addition of the same module. The module
  `null` takes both back.

Credentials do not belong in either: both are shown to everyone who may read the application.
Source: Humanitec's API, `SetResponse`, `DeltaRequest`, and the descriptions of their operations.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.primitives import has_deeper_brackets
from leastway.registry.definition_check import written_texts
from leastway.registry.json_patch import PatchStep, difference, patched, read_steps, simplified
from leastway.registry.secret_text import find_secrets

__all__ = [
    "DEFAULT_PROFILE",
    "EMPTY_DELTA",
    "EMPTY_SET",
    "MOST_STEPS",
    "Delta",
    "DeploymentSet",
    "StoredDelta",
    "combined",
    "delta_between",
    "read_delta",
    "stored_delta",
]

DEFAULT_PROFILE: Final = "humanitec/default-module"
_MEMBERS: Final = ("profile", "spec", "externals", "deploy")
_OBJECTS: Final = ("spec", "externals", "deploy")
_MOST_BYTES: Final = 1 << 20
_DEEPEST: Final = 100
_LONGEST_NAME: Final = 100
MOST_STEPS: Final = 1_000
"""Steps of JSON Patch in a delta: each is compared with all others."""

Module = Mapping[str, Any]
"""A module in the form of the API: profile, spec and externals, and deploy if it has one."""


@dataclass(frozen=True)
class DeploymentSet:
    """The modules and shared resources of an environment, by name."""

    modules: Mapping[str, Module] = field(default_factory=dict)
    shared: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def content(self) -> str:
        """The canonical JSON: equal sets have equal texts."""
        return _canonical({"modules": self.modules, "shared": self.shared})

    @cached_property
    def id(self) -> str:
        """The SHA-256 of the content, in hexadecimal."""
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Delta:
    """What to change in a set. A module of `add` that is None was sent as null, and is in no stored delta."""

    add: Mapping[str, Module | None] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    update: Mapping[str, tuple[PatchStep, ...]] = field(default_factory=dict)
    shared: tuple[PatchStep, ...] = ()

    @property
    def steps(self) -> int:
        """How many steps of JSON Patch it has."""
        return len(self.shared) + sum(map(len, self.update.values()))

    def apply_to(self, source: DeploymentSet) -> DeploymentSet:
        """Return the set that this delta makes of another one. Removing what does not exist changes nothing.

        Errors: InvalidInputError whose `where` is the part of the delta that does not fit the set.
        """
        modules = {name: module for name, module in source.modules.items() if name not in self.remove}
        modules |= {name: module for name, module in self.add.items() if module is not None}
        for name, steps in self.update.items():
            where = f"modules.update.{name}"
            if name not in modules:
                raise InvalidInputError("the set has no such module", where=where, fix="add the module as a whole")
            modules[name] = _checked_module(patched(modules[name], steps, where), where)
        target = DeploymentSet(modules, patched(source.shared, self.shared, "shared"))
        _check_size(target.content)
        return target

    def as_json(self) -> dict[str, Any]:
        """Return the delta in the form of the API, without id and metadata."""
        return {
            "modules": {
                "add": dict(self.add),
                "remove": list(self.remove),
                "update": {name: [one.as_json() for one in steps] for name, steps in self.update.items()},
            },
            "shared": [one.as_json() for one in self.shared],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDelta:
    """A delta that an application keeps, with who created and changed it. An archived one never changes again."""

    organization: str
    application: str
    id: str
    name: str
    environment: str | None
    is_archived: bool
    delta: Delta
    contributors: tuple[str, ...]
    created_at: datetime
    created_by: str
    changed_at: datetime


EMPTY_SET: Final = DeploymentSet()
"""The set with which every application begins."""

EMPTY_DELTA: Final = Delta()


def read_delta(value: Any, where: str = "") -> Delta:
    """Return a delta in the form of the API; its id and metadata are ignored.

    Errors: InvalidInputError whose `where` is the member, and which never repeats a value.
    """
    delta = _parsed(value, where)
    _check_steps(delta, where)
    _check_no_credential(delta, f"{where}." if where else "")
    return delta


def stored_delta(value: Any) -> Delta:
    """Return a delta that was read when it was sent, and is stored as JSON."""
    return _parsed(value, "")


def combined(earlier: Delta, later: Delta) -> Delta:
    """Return one delta with the effect of two, simplified, as the earlier one is already.

    Errors: InvalidInputError, as for `Delta.apply_to`, and for more than MOST_STEPS steps.
    """
    add, update = dict(earlier.add), dict(earlier.update)
    removed = dict.fromkeys(earlier.remove)
    for name, module in later.add.items():
        add[name] = module
        update.pop(name, None)
        removed.pop(name, None)
    for name in later.remove:
        if name in later.add and later.add[name] is None:
            continue
        removed[name] = None
        add.pop(name, None)
        update.pop(name, None)
    for name, steps in later.update.items():
        where = f"modules.update.{name}"
        if (module := add.get(name)) is not None:
            add[name] = _checked_module(patched(module, steps, where), where)
        else:
            update[name] = simplified(steps, where, earlier=update.get(name, ()))
    result = Delta(
        {name: module for name, module in add.items() if module is not None},
        tuple(removed),
        {name: steps for name, steps in update.items() if steps},
        simplified(later.shared, "shared", earlier=earlier.shared),
    )
    _check_steps(result, "")
    _check_size(_canonical(result.as_json()))
    return result


def delta_between(source: DeploymentSet, target: DeploymentSet) -> Delta:
    """Return the delta that makes `target` of `source`."""
    common = sorted(source.modules.keys() & target.modules.keys())
    updates = {name: tuple(difference(source.modules[name], target.modules[name])) for name in common}
    return Delta(
        {name: target.modules[name] for name in sorted(target.modules.keys() - source.modules.keys())},
        tuple(sorted(source.modules.keys() - target.modules.keys())),
        {name: steps for name, steps in updates.items() if steps},
        tuple(difference(source.shared, target.shared)),
    )


def _parsed(value: Any, where: str) -> Delta:
    body = _object(value, where or "the body")
    prefix = f"{where}." if where else ""
    if body.get("workloads"):
        raise InvalidInputError(
            "workloads of the Generic Mode are not served", where=f"{prefix}workloads", fix="write them as modules"
        )
    modules = _object(body.get("modules"), f"{prefix}modules")
    add, update = (_object(modules.get(name), f"{prefix}modules.{name}") for name in ("add", "update"))
    return Delta(
        {_name(name, f"{prefix}modules.add"): _module(one, f"{prefix}modules.add.{name}") for name, one in add.items()},
        _names(modules.get("remove"), f"{prefix}modules.remove"),
        {
            _name(name, f"{prefix}modules.update"): read_steps(steps, f"{prefix}modules.update.{name}")
            for name, steps in update.items()
        },
        read_steps(body.get("shared"), f"{prefix}shared"),
    )


def _module(value: Any, where: str) -> Module | None:
    return None if value is None else _checked_module(_object(value, where), where)


def _checked_module(value: Mapping[str, Any], where: str) -> Module:
    """Return a module with the members that it must have. Members that the API does not have are ignored."""
    module: dict[str, Any] = {"spec": {}, "externals": {}}
    module |= {name: value[name] for name in _MEMBERS if value.get(name) is not None}
    for name in _OBJECTS:
        _object(module.get(name), f"{where}.{name}")
    profile = module.setdefault("profile", DEFAULT_PROFILE)
    if profile != DEFAULT_PROFILE:
        fix = f"use {DEFAULT_PROFILE}"
        raise InvalidInputError("workload profiles of your own are not served", where=f"{where}.profile", fix=fix)
    return module


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInputError("it is not an object", where=where, fix="write it as an object")
    return value


def _names(value: Any, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidInputError("it is not a list of names", where=where, fix="write the names of modules")
    return tuple(dict.fromkeys(_name(one, where) for one in value))


def _name(name: str, where: str) -> str:
    if not 0 < len(name) <= _LONGEST_NAME:
        fix = f"use 1 to {_LONGEST_NAME} characters"
        raise InvalidInputError("the name of a module is empty or too long", where=where, fix=fix)
    return name


def _check_steps(delta: Delta, where: str) -> None:
    if delta.steps > MOST_STEPS:
        what = f"the delta has more than {MOST_STEPS:,} steps"
        fix = "replace whole modules, or make a set of one delta after the other"
        raise InvalidInputError(what, where=where or None, fix=fix)


def _check_no_credential(delta: Delta, prefix: str) -> None:
    for where, value in _written(delta, prefix):
        for path, text in written_texts(value):
            for match in find_secrets(text):
                raise InvalidInputError(
                    f"it contains {match.kind}, and everyone who may read the application sees it",
                    where=".".join((where, *path)),
                    fix="put it into a resource definition's secrets, and use that resource's output",
                )


def _written(delta: Delta, prefix: str) -> Iterator[tuple[str, Any]]:
    yield f"{prefix}modules.add", delta.add
    yield f"{prefix}modules.update", dict.fromkeys(delta.update)
    for name, steps in delta.update.items():
        yield from ((f"{prefix}modules.update.{name}[{number}]", one.as_json()) for number, one in enumerate(steps))
    yield from ((f"{prefix}shared[{number}]", one.as_json()) for number, one in enumerate(delta.shared))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _check_size(content: str) -> None:
    """Refuse what many small deltas made too large or too deep for an answer."""
    try:
        encoded = content.encode()
    except UnicodeEncodeError:
        raise InvalidInputError("the result has half of a surrogate pair, which is not text", fix="remove it") from None
    if len(encoded) > _MOST_BYTES or has_deeper_brackets(encoded, _DEEPEST):
        raise InvalidInputError(
            f"the result has more than {_MOST_BYTES >> 20} MiB, or is nested deeper than {_DEEPEST} levels",
            fix="split the application",
        )
