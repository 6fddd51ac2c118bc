"""What a placeholder refers to in one environment: a value of the context, or a resource with its whole key.

In the params of a deployment set, a placeholder can also be `${externals.NAME.OUTPUT}` of the same module,
`${shared.NAME.OUTPUT}`, `${modules.NAME.externals.NAME.OUTPUT}`, `${modules.NAME.service.name}` or `${values.KEY}`. The
last two are known to a deployment only.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from leastway.errors import InvalidInputError
from leastway.registry import (
    CONTEXT_PATHS,
    SET_REFERENCE,
    AttributeReference,
    ContextReference,
    OutputReference,
    Placeholder,
    ResourceKey,
    SelectorReference,
    mask,
    steps_of,
)
from leastway.resolve.context import DeploymentContext
from leastway.resolve.values import UnknownValue, step_text

__all__ = ["AttributeOf", "ContextValue", "InputKind", "OutputOf", "SelectedOf", "Target", "Targets"]

_MODULE: Final = re.compile(r"modules\.([^.]+)(?:\.|$)")


@dataclass(frozen=True, slots=True)
class ContextValue:
    """A value of the context; an UnknownValue if only the deployment has it."""

    value: str | UnknownValue


@dataclass(frozen=True, slots=True)
class OutputOf:
    """An output of a resource."""

    key: ResourceKey
    path: tuple[str, ...]

    @property
    def reference(self) -> str:
        """The placeholder, with the whole key, without braces."""
        return f"resources['{self.key}'].outputs{''.join(map(step_text, self.path))}"


@dataclass(frozen=True, slots=True)
class AttributeOf:
    """The `account` or the `guresid` of a resource."""

    key: ResourceKey
    attribute: str

    @property
    def reference(self) -> str:
        """The placeholder, with the whole key, without braces."""
        return f"resources['{self.key}'].{self.attribute}"


@dataclass(frozen=True, slots=True)
class SelectedOf:
    """An output of each resource `selected` around `anchor`: TYPE, with a class and an id if they are given."""

    anchor: ResourceKey
    selected: str
    selects_dependents: bool
    path: tuple[str, ...]

    def admits(self, key: ResourceKey) -> bool:
        """Return whether a resource is one of those that are selected, if it depends as it must."""
        whole = ResourceKey.parse(self.selected, inherit=key)
        return whole == key


Target = ContextValue | OutputOf | AttributeOf | SelectedOf


class InputKind(enum.Enum):
    """Where a placeholder is written: only a deployment set has names of its own, and a secret is never repeated."""

    PARAMS = "params"
    VALUES = "values"
    SECRETS = "secrets"


class Targets:
    """Finds what placeholders refer to. `requested` are the resources of the deployment set."""

    def __init__(self, context: DeploymentContext, requested: Iterable[ResourceKey]) -> None:
        self._context = context
        self._by_id: dict[str, list[ResourceKey]] = {}
        for key in requested:
            self._by_id.setdefault(key.id, []).append(key)

    def find(self, placeholder: Placeholder, node: ResourceKey, where: str, kind: InputKind) -> Target:
        """Return what a placeholder in an input of `node` refers to. Errors: InvalidInputError at `where`."""
        try:
            return self._found(placeholder, node, where, in_set=kind is InputKind.PARAMS)
        except InvalidInputError as error:
            if kind is not InputKind.SECRETS:
                raise InvalidInputError(mask(error.what), where=where, fix=error.fix) from error
        raise InvalidInputError(
            "a placeholder in the secret is not valid",
            where=where,
            fix="use the context or a resource as in values, or write $\\{ for the literal text",
        )

    def _found(self, placeholder: Placeholder, node: ResourceKey, where: str, *, in_set: bool) -> Target:
        if not placeholder.is_closed:
            raise InvalidInputError(
                "a placeholder is not closed", where=where, fix="close it with }, or write $\\{ for the literal text"
            )
        match placeholder.refers_to:
            case ContextReference(path):
                return ContextValue(self._of_context(path, node, where))
            case OutputReference(resource, path):
                return OutputOf(_key(resource, node, where), path)
            case AttributeReference(resource, attribute):
                return AttributeOf(_key(resource, node, where), attribute)
            case SelectorReference(resource, selected, selects_dependents, path):
                _key(selected, node, where)
                return SelectedOf(_key(resource, node, where), selected, selects_dependents, path)
            case None:
                found = self._of_set(placeholder.body, node, where) if in_set else None
        if found is None:
            raise InvalidInputError(
                f"unknown placeholder ${{{placeholder.body}}}",
                where=where,
                fix="use the context (${context.app.id}) or a resource (${resources['dns#x'].outputs.host}), or write "
                "$\\{ for the literal text",
            )
        return found

    def _of_context(self, path: tuple[str, ...], node: ResourceKey, where: str) -> str | UnknownValue:
        context = self._context
        known = {
            ("org", "id"): context.organization,
            ("app", "id"): context.application,
            ("env", "id"): context.environment,
            ("env", "type"): context.environment_type,
            ("res", "id"): node.id,
            ("res", "type"): node.type,
            ("res", "class"): node.resource_class,
            ("res", "guresid"): context.guresid(node),
        }
        if path in known:
            return known[path]
        if path == ("deploy", "id"):
            return context.deployment or UnknownValue.of("context.deploy.id")
        shown = "context" + "".join(map(step_text, path))
        available = ", ".join(f"context.{'.'.join(each)}" for each in CONTEXT_PATHS)
        raise InvalidInputError(f"the context has no {shown}", where=where, fix=f"use one of {available}")

    def _of_set(self, body: str, node: ResourceKey, where: str) -> Target | None:
        found = SET_REFERENCE.fullmatch(body)
        if found is None:
            return None
        if found["later"]:
            name = ".".join(("modules", *steps_of(body.removeprefix("modules")))) if body.startswith("modules") else ""
            return ContextValue(self._context.services.get(name) or UnknownValue.of(body))
        if found["shared"]:
            return self._with_id(f"shared.{steps_of(found['name'])[0]}", found["shared_path"], where)
        if found["module"]:
            module, name = steps_of(found["other"])[0], steps_of(found["its"])[0]
            return self._with_id(f"modules.{module}.externals.{name}", found["its_path"], where)
        own = _MODULE.match(node.id)
        if own is None:
            raise InvalidInputError(
                f"${{{body}}} is possible in a module only", where=where, fix="name the module: modules.NAME.externals"
            )
        return self._with_id(f"modules.{own[1]}.externals.{steps_of(found['own'])[0]}", found["own_path"], where)

    def _with_id(self, identifier: str, path: str, where: str) -> Target:
        found = self._by_id.get(identifier, [])
        if len(found) != 1:
            what = "does not exist" if not found else "is not the id of one resource alone"
            raise InvalidInputError(f"{identifier} {what}", where=where, fix="name a resource of the deployment set")
        return OutputOf(found[0], steps_of(path))


def _key(text: str, node: ResourceKey, where: str) -> ResourceKey:
    try:
        return ResourceKey.parse(text, inherit=node)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{text!r} is not a resource", where=where, fix="write it as TYPE, TYPE#ID or TYPE.CLASS#ID"
        ) from error
