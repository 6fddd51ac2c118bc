"""From definitions and a request to what each resource would get: its definition, its account and its inputs.

Nothing is created and nothing is guessed: an output of a resource that was not provisioned stays a named unknown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry import Placeholder, ResourceKey, is_bucket_field, why_not_a_bucket_name
from leastway.resolve.context import DeploymentContext, Outputs, RequestedResource
from leastway.resolve.definition import DefinitionLookup, KnownDefinitions, ResolvableDefinition
from leastway.resolve.graph import WORKLOAD, GraphNode, ResourceGraph, build_graph
from leastway.resolve.matching import MatchingRule
from leastway.resolve.targets import AttributeOf, ContextValue, InputKind, OutputOf, SelectedOf
from leastway.resolve.templates import resolved
from leastway.resolve.values import UnknownValue, hidden, shown_value

__all__ = ["Resolution", "ResolvedResource", "resolve"]

_MOST_MADE: Final = 32 << 20
_EACH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedResource:
    """A resource as a deployment would provision it.

    `rules` are those that match, the one that won first. Without any, `definition` is None, and `others` has the rules
    of its type, which do not match. `dependencies` has what it waits for, each with the cause.
    """

    key: ResourceKey
    guresid: str
    definition: ResolvableDefinition | None
    rules: tuple[MatchingRule, ...]
    others: tuple[MatchingRule, ...]
    account: Any
    params: Mapping[str, Any]
    values: Mapping[str, Any]
    secrets: Mapping[str, Any]
    dependencies: Mapping[ResourceKey, str]

    @property
    def is_missing(self) -> bool:
        """Whether it needs a definition and has none."""
        return self.definition is None and self.key.type != WORKLOAD

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """The inputs that cannot be right, now that they are resolved: the path, and what is wrong."""
        return tuple(
            (path, f"the bucket name {why}")
            for path, text in self._texts()
            if is_bucket_field(self.key.type, path.split(".")) and (why := why_not_a_bucket_name(text)) is not None
        )

    def _texts(self) -> Iterator[tuple[str, str]]:
        """Yield each text of the values down to the variables, an unknown one with its placeholders."""
        variables = self.values.get("variables")
        below = variables.items() if isinstance(variables, Mapping) else ()
        for path, value in (*self.values.items(), *((f"variables.{name}", value) for name, value in below)):
            if isinstance(value, str):
                yield path, value.replace("${", "$\\{")
            elif isinstance(value, UnknownValue):
                yield path, value.text


@dataclass(frozen=True, slots=True)
class Resolution:
    """Resources in an order in which they can be provisioned; `left_out` are implicit types without a definition."""

    context: DeploymentContext
    resources: tuple[ResolvedResource, ...]
    left_out: tuple[str, ...] = field(default=())

    @property
    def missing(self) -> tuple[ResolvedResource, ...]:
        """The resources that need a definition and have none."""
        return tuple(one for one in self.resources if one.is_missing)

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """The inputs that cannot be right: where, and what is wrong."""
        return tuple(
            (f"{one.key}: driver_inputs.values.{path}", what) for one in self.resources for path, what in one.problems
        )

    @property
    def digest(self) -> str:
        """The SHA-256 of the nodes, in hexadecimal digits: the same graph has the same, in any order of the request."""
        nodes = sorted(
            (
                str(one.key),
                one.definition.id if one.definition else "",
                one.definition.version if one.definition else "",
                sorted(str(key) for key in one.dependencies),
                *(shown_value(each) for each in (one.account, one.params, one.values, one.secrets)),
            )
            for one in self.resources
        )
        return hashlib.sha256(json.dumps(nodes, sort_keys=True).encode()).hexdigest()


def resolve(
    context: DeploymentContext,
    definitions: Iterable[ResolvableDefinition] | DefinitionLookup,
    requested: Iterable[RequestedResource],
    outputs: Mapping[ResourceKey, Outputs] | None = None,
) -> Resolution:
    """Return what each resource would get. `outputs` are those of resources that were provisioned before.

    Errors: InvalidInputError whose `where` is the loop, or the definition and the field that is not valid.
    """
    lookup = KnownDefinitions(definitions) if isinstance(definitions, Iterable) else definitions
    graph = build_graph(context, lookup, requested)
    inputs = _Inputs(context, graph, lookup, outputs or {})
    return Resolution(context, tuple(inputs.of(node) for node in graph.nodes), graph.left_out)


class _Inputs:
    """Resolves the inputs of nodes, each after those that it depends on."""

    def __init__(
        self,
        context: DeploymentContext,
        graph: ResourceGraph,
        lookup: DefinitionLookup,
        outputs: Mapping[ResourceKey, Outputs],
    ) -> None:
        self._context = context
        self._graph = graph
        self._lookup = lookup
        self._outputs = outputs
        self._accounts: dict[ResourceKey, Any] = {}
        self._left = _MOST_MADE

    def of(self, node: GraphNode) -> ResolvedResource:
        params, account, values, secrets = self._resolved(node)
        self._accounts[node.key] = account
        return ResolvedResource(
            key=node.key,
            guresid=self._context.guresid(node.key),
            definition=node.definition,
            rules=node.rules,
            others=() if node.rules else self._lookup.rules_of_type(node.key.type),
            account=account,
            params=params,
            values=values,
            secrets=secrets,
            dependencies=node.dependencies,
        )

    def _resolved(self, node: GraphNode) -> tuple[Any, Any, Any, Any]:
        found = []
        for where, value, kind in node.inputs():

            def replace(placeholder: Placeholder, path: str, where: str = where, kind: InputKind = kind) -> Any:
                return self._value(placeholder, node.key, f"{where}{path}", kind)

            found.append(resolved(value, replace))
        if node.definition is None:
            return found[0], "", {}, {}
        params, account, values, secrets = found
        if not isinstance(account, str | UnknownValue):
            raise InvalidInputError(
                "the account is not a text",
                where=f"definition {node.definition.id}: driver_account",
                fix="refer to the id of a cloud account, which is not a secret",
            )
        return params, account, values, secrets

    def _value(self, placeholder: Placeholder, node: ResourceKey, where: str, kind: InputKind) -> Any:
        target = self._graph.targets.find(placeholder, node, where, kind)
        match target:
            case ContextValue(value):
                return self._spent(value, where)
            case OutputOf():
                return self._spent(self._output(target), where)
            case AttributeOf(key, "guresid"):
                return self._spent(self._context.guresid(key), where)
            case AttributeOf(key):
                account = self._accounts[key]
                return self._spent(account if account else UnknownValue.of(target.reference), where)
            case SelectedOf(_, _, _, path):
                selected = self._graph.selections[target]
                return [self._spent(self._output(OutputOf(key, path)), where) for key in selected]

    def _spent(self, value: Any, where: str) -> Any:
        """Return the value of a placeholder. Errors: InvalidInputError if all of them together are too much."""
        self._left -= _weight(value)
        if self._left < 0:
            what = f"the values of placeholders have more than {_MOST_MADE >> 20} MiB together"
            raise InvalidInputError(what, where=where, fix="refer to smaller outputs, or to fewer of them")
        return value

    def _output(self, target: OutputOf) -> Any:
        outputs = self._outputs.get(target.key)
        if outputs is not None:
            has_value, value = _at(outputs.values, target.path)
            has_secret, secret = _at(outputs.secrets, target.path)
            if has_value:
                shown = self._with_secrets(target.key.type, target.path, value)
                return _together(shown, hidden(secret)) if has_secret else shown
            if has_secret:
                return hidden(secret)
        is_secret = self._lookup.is_secret_output(target.key.type, target.path)
        return UnknownValue.of(target.reference, is_secret=is_secret)

    def _with_secrets(self, type_id: str, path: tuple[str, ...], value: Any) -> Any:
        """Return the value of an output, in which what the resource type calls a secret is one."""
        if self._lookup.is_secret_output(type_id, path):
            return hidden(value)
        if not isinstance(value, Mapping):
            return value
        return {name: self._with_secrets(type_id, (*path, name), member) for name, member in value.items()}


def _together(value: Any, secret: Any) -> Any:
    """Return an output that is divided into values and secrets as one; no path is in both."""
    if not isinstance(value, Mapping) or not isinstance(secret, Mapping):
        return value
    return {**value, **{name: _together(value[name], one) if name in value else one for name, one in secret.items()}}


def _weight(value: Any) -> int:
    """Return about how many bytes a value takes."""
    if isinstance(value, Mapping):
        return _EACH + sum(len(name) + _weight(member) for name, member in value.items())
    if isinstance(value, list | tuple):
        return _EACH + sum(map(_weight, value))
    if isinstance(value, UnknownValue):
        return _EACH + len(value.text)
    if isinstance(value, Secret):
        return _EACH + len(value.reveal())
    return _EACH + (len(value) if isinstance(value, str) else 0)


def _at(value: Any, path: tuple[str, ...]) -> tuple[bool, Any]:
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            return False, None
        value = value[step]
    return True, value
