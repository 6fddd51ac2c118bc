"""The resources of an environment, and which depends on which: the resource graph.

1. The graph begins with the resources that are requested, and those that every deployment has (`IMPLICIT`) if a
   definition matches them.
2. For each, the definition is chosen by its key alone, before any input is resolved.
3. A placeholder in an input adds the resource that it names, and a dependency on it.
4. `provision` of a definition adds a resource: with `is_dependent`, that one depends on this one; with
   `match_dependents`, whatever depends on this one, and is not provisioned by it, depends on that one as well.
5. A selector adds no resource: it selects by the dependencies of the steps before, and depends on what it selects.
6. A workload depends on the externals of its module.

Resources are ordered so that each follows what it depends on, those that could change places by type, class and id. A
loop is an error that names it.
Source: Humanitec's documentation, "Resource Graph"; its API, `ProvisionDependenciesRequest`.
"""

from __future__ import annotations

import graphlib
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.registry import DEFAULT_CLASS, ResourceKey
from leastway.resolve.context import DeploymentContext, RequestedResource
from leastway.resolve.definition import DefinitionLookup, ResolvableDefinition
from leastway.resolve.matching import MatchingRule
from leastway.resolve.targets import AttributeOf, ContextValue, InputKind, OutputOf, SelectedOf, Targets
from leastway.resolve.templates import placeholders_in

__all__ = ["IMPLICIT", "WORKLOAD", "GraphNode", "ResourceGraph", "build_graph"]

IMPLICIT: Final = ("k8s-cluster", "k8s-namespace", "base-env", "logging")
"""Types of which every deployment has one resource, whose id is the type."""
WORKLOAD: Final = "workload"
"""The type of a module, which needs no definition."""
_MOST: Final = 10_000
_MOST_DEPENDENCIES: Final = 100_000
_EXTERNAL: Final = re.compile(r"(?=\.externals\.)")
"""Where the id of an external may be separated from that of its module, which may itself be named externals."""


@dataclass(slots=True)
class GraphNode:
    """A resource, the rules that match it (the first wins), its definition, and on what it depends, with the causes."""

    key: ResourceKey
    rules: tuple[MatchingRule, ...]
    definition: ResolvableDefinition | None
    params: Mapping[str, Any]
    params_from: str
    dependencies: dict[ResourceKey, str] = field(default_factory=dict)

    def inputs(self) -> Iterator[tuple[str, Any, InputKind]]:
        """Yield each input that can have placeholders: its place in words, its value, its kind."""
        yield f"params of {self.key}", self.params, InputKind.PARAMS
        if self.definition is not None:
            of = f"definition {self.definition.id}"
            yield f"{of}: driver_account", self.definition.account, InputKind.VALUES
            yield f"{of}: driver_inputs.values", self.definition.values, InputKind.VALUES
            yield f"{of}: driver_inputs.secrets", self.definition.secrets, InputKind.SECRETS


@dataclass(frozen=True, slots=True)
class ResourceGraph:
    """Nodes in an order in which they can be provisioned, and the implicit types that no definition matches."""

    nodes: tuple[GraphNode, ...]
    left_out: tuple[str, ...]
    targets: Targets
    selections: Mapping[SelectedOf, tuple[ResourceKey, ...]]
    """What each selector selects, by type, class and id."""


def build_graph(
    context: DeploymentContext,
    lookup: DefinitionLookup,
    requested: Iterable[RequestedResource],
) -> ResourceGraph:
    """Return the graph of an environment. Errors: InvalidInputError for a loop, or a placeholder that is not valid."""
    wanted = tuple(requested)
    targets = Targets(context, (one.key for one in wanted))
    growing = _Growing(context, lookup, targets)
    for one in wanted:
        growing.add(one.key, one.params, "the request")
    left_out = []
    for type_id in IMPLICIT:
        key = ResourceKey(type_id, DEFAULT_CLASS, type_id)
        if lookup.index.best(key, context) is None and key not in growing.nodes:
            left_out.append(type_id)
        else:
            growing.add(key, {}, "")
    growing.grow()
    return ResourceGraph(_ordered(growing.nodes), tuple(left_out), targets, growing.selections)


class _Growing:
    """The graph while it grows, in the steps of the module's docstring."""

    def __init__(
        self,
        context: DeploymentContext,
        lookup: DefinitionLookup,
        targets: Targets,
    ) -> None:
        self.nodes: dict[ResourceKey, GraphNode] = {}
        self._context = context
        self._lookup = lookup
        self._targets = targets
        self._pending: deque[GraphNode] = deque()
        self._provisioned_by: dict[ResourceKey, set[ResourceKey]] = {}
        self._matching_dependents: list[tuple[ResourceKey, ResourceKey, str]] = []
        self._selectors: list[tuple[GraphNode, SelectedOf, str]] = []
        self.selections: dict[SelectedOf, tuple[ResourceKey, ...]] = {}
        self._dependencies = 0

    def add(self, key: ResourceKey, params: Mapping[str, Any], by: str) -> None:
        """Add a resource, or params to it. `by` says who gives them."""
        node = self.nodes.get(key)
        if node is None:
            if len(self.nodes) >= _MOST:
                raise InvalidInputError(
                    f"the graph has more than {_MOST:,} resources", where=str(key), fix="check the references"
                )
            rules = self._lookup.index.matching(key, self._context)
            definition = self._lookup.definition(rules[0].definition, key) if rules else None
            node = self.nodes[key] = GraphNode(key, rules, definition, params, by)
            self._pending.append(node)
        elif params and params != node.params:
            if node.params:
                raise InvalidInputError(
                    f"{node.params_from} and {by} give different params for one resource",
                    where=str(key),
                    fix="give the same params, or name two resources",
                )
            node.params, node.params_from = params, by
            self._pending.append(node)

    def grow(self) -> None:
        """Add everything that the resources refer to, and all dependencies."""
        while self._pending:
            node = self._pending.popleft()
            self._refer(node)
            self._provision(node)
        self._add_externals()
        self._match_dependents()
        self._select()
        for node, target, where in self._selectors:
            for key in self.selections[target]:
                self._depend(node, key, where)

    def _depend(self, node: GraphNode, key: ResourceKey, where: str) -> None:
        if key in node.dependencies:
            return
        self._dependencies += 1
        if self._dependencies > _MOST_DEPENDENCIES:
            what = f"the graph has more than {_MOST_DEPENDENCIES:,} dependencies"
            raise InvalidInputError(what, where=where, fix="check the references and the selectors")
        node.dependencies[key] = where

    def _select(self) -> None:
        """Settle what selectors select, before they add dependencies of their own."""
        dependents: dict[ResourceKey, list[ResourceKey]] = {}
        for node in self.nodes.values():
            for key in node.dependencies:
                dependents.setdefault(key, []).append(node.key)
        known: dict[SelectedOf, tuple[ResourceKey, ...]] = {}
        for _, target, _ in self._selectors:
            anyway = replace(target, path=())
            if anyway not in known:
                anchor = self.nodes.get(target.anchor)
                of_anchor: Iterable[ResourceKey] = () if anchor is None else anchor.dependencies
                around = dependents.get(target.anchor, ()) if target.selects_dependents else of_anchor
                known[anyway] = tuple(sorted(key for key in around if target.admits(key)))
            self.selections[target] = known[anyway]

    def _add_externals(self) -> None:
        modules: dict[str, list[GraphNode]] = {}
        for node in self.nodes.values():
            if node.key.type == WORKLOAD:
                modules.setdefault(node.key.id, []).append(node)
        for key in self.nodes:
            for found in _EXTERNAL.finditer(key.id):
                for node in modules.get(key.id[: found.start()], ()):
                    self._depend(node, key, "external of the module")

    def _refer(self, node: GraphNode) -> None:
        for where, value, kind in node.inputs():
            for path, placeholder in placeholders_in(value):
                place = f"{where}{path}"
                target = self._targets.find(placeholder, node.key, place, kind)
                match target:
                    case OutputOf() | AttributeOf():
                        self.add(target.key, {}, "")
                        self._depend(node, target.key, place)
                    case SelectedOf():
                        self._selectors.append((node, target, place))
                    case ContextValue():
                        pass

    def _provision(self, node: GraphNode) -> None:
        if node.definition is None:
            return
        for text, wanted in node.definition.provision.items():
            where = f"definition {node.definition.id}: provision.{text}"
            try:
                key = ResourceKey.parse(text, inherit=node.key)
            except InvalidInputError as error:
                raise InvalidInputError(
                    error.what, where=where, fix="write it as TYPE, TYPE#ID or TYPE.CLASS#ID"
                ) from error
            self.add(key, wanted.params or {}, f"the definition {node.definition.id}")
            if wanted.is_dependent:
                self._depend(self.nodes[key], node.key, where)
            self._provisioned_by.setdefault(node.key, set()).add(key)
            if wanted.match_dependents:
                self._matching_dependents.append((node.key, key, where))

    def _match_dependents(self) -> None:
        """Follow each dependency, also the new ones, because what is provisioned may provision in turn."""
        provisioned: dict[ResourceKey, list[tuple[ResourceKey, str]]] = {}
        for key, other, where in self._matching_dependents:
            provisioned.setdefault(key, []).append((other, where))
        pending = [(node, key) for node in self.nodes.values() for key in node.dependencies]
        while pending:
            node, key = pending.pop()
            if node.key in self._provisioned_by.get(key, ()):
                continue
            for other, where in provisioned.get(key, ()):
                if other != node.key and other not in node.dependencies:
                    self._depend(node, other, where)
                    pending.append((node, other))


def _ordered(nodes: Mapping[ResourceKey, GraphNode]) -> tuple[GraphNode, ...]:
    sorter = graphlib.TopologicalSorter({key: sorted(nodes[key].dependencies) for key in sorted(nodes)})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        raise _loop(list(reversed(error.args[1])), nodes) from None
    ordered: list[GraphNode] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += (nodes[key] for key in ready)
        sorter.done(*ready)
    return tuple(ordered)


def _loop(keys: list[ResourceKey], nodes: Mapping[ResourceKey, GraphNode]) -> InvalidInputError:
    """Return the error for a loop: each of `keys` depends on the next one, the last is the first."""
    keys = keys[:-1]
    start = keys.index(min(keys))
    keys = keys[start:] + keys[:start]
    pairs = list(zip(keys, [*keys[1:], keys[0]], strict=True))
    causes = "; ".join(f"{one} needs {other} ({nodes[one].dependencies[other]})" for one, other in pairs)
    return InvalidInputError(
        f"resources depend on each other in a loop: {causes}",
        where=" -> ".join(str(key) for key in [*keys, keys[0]]),
        fix="remove one of these dependencies",
    )
