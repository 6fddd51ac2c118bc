"""A plan as `show -json` prints it: what would change, what is deleted or replaced, the outputs, and what is sensitive.

Source: "JSON Output Format" of both documentations, format version 1. The plan was made by the providers of the module,
so it is advice: a hostile provider can plan one thing and do another, and the gateway is what bounds it.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.terraform.foreign import fields_of, is_marked, objects_in, texts_in

__all__ = ["ActionKind", "Output", "Plan", "PlannedChange", "PlannedOutput", "read_outputs", "read_plan"]

_FORMAT: Final = "1"
_LARGEST: Final = 128 << 20


class ActionKind(enum.Enum):
    """What a plan does with a resource."""

    NONE = "none"
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    """Leave it as it is, and no longer manage it."""


_KINDS: Final = {
    ("no-op",): ActionKind.NONE,
    ("create",): ActionKind.CREATE,
    ("read",): ActionKind.READ,
    ("update",): ActionKind.UPDATE,
    ("delete", "create"): ActionKind.REPLACE,
    ("create", "delete"): ActionKind.REPLACE,
    ("create", "forget"): ActionKind.REPLACE,
    ("delete",): ActionKind.DELETE,
    ("forget",): ActionKind.FORGET,
}


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What would happen to a resource. `because` has the attributes that force a replacement, or Terraform's reason.

    `after` are the attributes afterwards, with secrets; `unknown` is true where they are known only after the apply.
    """

    address: str
    type: str
    action: ActionKind
    because: tuple[str, ...] = ()
    after: Mapping[str, Any] = field(default_factory=dict, repr=False)
    unknown: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class PlannedOutput:
    """An output, and whether its value must not be shown."""

    name: str
    action: ActionKind
    is_sensitive: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan. `sensitive` are values that must not be shown."""

    changes: tuple[PlannedChange, ...]
    outputs: tuple[PlannedOutput, ...]
    sensitive: frozenset[str] = field(repr=False)
    document: bytes = field(repr=False, default=b"")
    """What it was read from, with its secrets."""

    @property
    def has_changes(self) -> bool:
        """Whether an apply would do anything, to a resource or to an output."""
        idle = (ActionKind.NONE, ActionKind.READ)
        actions = [*(each.action for each in self.changes), *(each.action for each in self.outputs)]
        return any(action not in idle for action in actions)

    @property
    def removals(self) -> tuple[PlannedChange, ...]:
        """The resources that would be deleted or replaced."""
        return tuple(each for each in self.changes if each.action in (ActionKind.DELETE, ActionKind.REPLACE))

    def count(self) -> Mapping[str, int]:
        """Return how many resources have each action, without those that stay."""
        found: dict[str, int] = {}
        for each in self.changes:
            if each.action is not ActionKind.NONE:
                found[each.action.value] = found.get(each.action.value, 0) + 1
        return found


@dataclass(frozen=True, slots=True)
class Output:
    """An output after an apply: a JSON value, which is not shown if it is sensitive."""

    name: str
    value: Any = field(repr=False)
    is_sensitive: bool


def read_plan(text: bytes) -> Plan:
    """Read what `show -json` printed. Errors: InvalidInputError, without any value of the plan."""
    content = _document(text, "the plan")
    if not isinstance(version := content.get("format_version"), str) or version.partition(".")[0] != _FORMAT:
        raise _wrong("the plan has a format that is not known")
    changes = tuple(_change(each) for each in objects_in(content.get("resource_changes")))
    outputs = tuple(
        PlannedOutput(name, _kind(change), is_marked(change.get("after_sensitive"), change.get("before_sensitive")))
        for name, change in sorted(fields_of(content.get("output_changes")).items())
        if isinstance(change, dict)
    )
    return Plan(
        changes=changes,
        outputs=outputs,
        sensitive=frozenset(_sensitive(content)),
        document=text,
    )


def read_outputs(text: bytes) -> tuple[Output, ...]:
    """Read what `output -json` printed, by name. Errors: InvalidInputError, without any value."""
    found = []
    for name, output in sorted(_document(text, "the outputs").items()):
        if not isinstance(output, dict) or "value" not in output:
            raise _wrong("the outputs have an entry without a value")
        found.append(Output(name, output["value"], output.get("sensitive") is not False))
    return tuple(found)


def _change(resource: Mapping[str, Any]) -> PlannedChange:
    change = fields_of(resource.get("change"))
    address, kind = resource.get("address"), resource.get("type")
    if not isinstance(address, str) or not isinstance(kind, str):
        raise _wrong("the plan has a change without an address")
    paths = [".".join(map(str, path)) for path in change.get("replace_paths") or () if isinstance(path, list)]
    reason = resource.get("action_reason")
    because = paths or ([reason.replace("_", " ")] if isinstance(reason, str) else [])
    return PlannedChange(
        address,
        kind,
        _kind(change),
        tuple(because),
        fields_of(change.get("after")),
        fields_of(change.get("after_unknown")),
    )


def _kind(change: Mapping[str, Any]) -> ActionKind:
    actions = change.get("actions")
    kind = _KINDS.get(tuple(map(str, actions))) if isinstance(actions, list) else None
    if kind is None:
        raise _wrong("the plan has an action that is not known")
    return kind


def _sensitive(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield each value that the plan marks as sensitive: of variables, resources and outputs, before and after."""
    declared = fields_of(fields_of(fields_of(content.get("configuration")).get("root_module")).get("variables"))
    for name, variable in fields_of(content.get("variables")).items():
        if fields_of(declared.get(name)).get("sensitive"):
            yield from texts_in(fields_of(variable).get("value"))
    every = [fields_of(each.get("change")) for each in objects_in(content.get("resource_changes"))]
    every += [fields_of(each.get("change")) for each in objects_in(content.get("resource_drift"))]
    every += [fields_of(each) for each in fields_of(content.get("output_changes")).values()]
    for change in every:
        for when in ("before", "after"):
            yield from _marked(change.get(when), change.get(f"{when}_sensitive"))
    for values in (fields_of(content.get("prior_state")).get("values"), content.get("planned_values")):
        yield from _sensitive_in_values(fields_of(values))


def _sensitive_in_values(values: Mapping[str, Any]) -> Iterator[str]:
    for output in fields_of(values.get("outputs")).values():
        if fields_of(output).get("sensitive"):
            yield from texts_in(fields_of(output).get("value"))
    modules = [fields_of(values.get("root_module"))]
    while modules:
        module = modules.pop()
        modules += objects_in(module.get("child_modules"))
        for resource in objects_in(module.get("resources")):
            yield from _marked(resource.get("values"), resource.get("sensitive_values"))


def _marked(value: object, marks: object) -> Iterator[str]:
    """Yield the texts of a value where `marks`, of the same form, is true."""
    stack = [(value, marks)]
    while stack:
        match stack.pop():
            case (found, True):
                yield from texts_in(found)
            case (dict() as fields, dict() as inner):
                stack += [(fields.get(name), mark) for name, mark in inner.items()]
            case (list() as items, list() as inner):
                stack += list(zip(items, inner, strict=False))
            case _:
                pass


def _document(text: bytes, what: str) -> dict[str, Any]:
    if len(text) > _LARGEST:
        raise _wrong(f"{what} has more than {_LARGEST >> 20} MiB")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong(f"{what} is not valid JSON") from None
    if not isinstance(content, dict):
        raise _wrong(f"{what} is not a JSON object")
    return content


def _wrong(what: str) -> InvalidInputError:
    return InvalidInputError(what, where="what Terraform printed", fix="run the plan again")
