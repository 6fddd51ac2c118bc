"""Rules `duplicate-definition`, `duplicate-criterion` and `definition-keys`: checks across definitions.

The platform refuses a second definition with the same id, or with the same type and criterion (409).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.attachments import BrokenReference
from leastway.grant.source import quote
from leastway.registry import CLUSTER_TYPE, Criterion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading
    from leastway.registry import TerraformDefinition
    from leastway.source import Node

__all__ = ["check_definitions"]

_WORDS = ("app_id", "env_id", "env_type", "res_id", "class")


def check_definitions(reading: GrantReading) -> Iterator[Problem]:
    """Yield ids and criteria that are used twice, and `keys` that do not fit the identity of the grant."""
    by_user = reading.tree.root.string_at("identity") == "iam-user"
    ids: dict[str, Node] = {}
    criteria: dict[tuple[str, Criterion], Node] = {}
    for cluster in reading.clusters():
        for node in cluster.each("criteria"):
            yield from _criterion(reading, CLUSTER_TYPE, _criterion_at(node), node, criteria)
    for node, definition in _definitions(reading):
        if definition.id in ids:
            line = reading.line_of(ids[definition.id])
            message = f"definition {quote(definition.id)} appears twice, first on line {line}"
            yield reading.tree.problem("duplicate-definition", node, message, "give each definition a different id")
        ids.setdefault(definition.id, node)
        for criterion in definition.criteria:
            yield from _criterion(reading, definition.type, criterion, node, criteria)
        if by_user and definition.keys is None:
            message = "the platform is an IAM user here, so the run gets no temporary credentials of a role"
            fix = "add `keys` with the variables of the module, or change the identity of the grant to trust-role"
            yield reading.tree.problem("definition-keys", node, message, fix)
        if not by_user and definition.keys is not None:
            fix = "remove `keys`: the run gets temporary credentials of the role"
            yield reading.tree.problem("definition-keys", node, "the platform has no long-term keys in this grant", fix)


def _definitions(reading: GrantReading) -> Iterator[tuple[Node, TerraformDefinition]]:
    for role in reading.roles():
        for node in role.each("definitions"):
            found = reading.attachments.definition(name) if (name := node.string()) else None
            if found is not None and not isinstance(found, BrokenReference):
                yield node, found


def _criterion(
    reading: GrantReading, kind: str, criterion: Criterion, node: Node, taken: dict[tuple[str, Criterion], Node]
) -> Iterator[Problem]:
    first = taken.setdefault((kind, criterion), node)
    if first is not node:
        named = ", ".join(f"{word}: {value}" for word, value in criterion.render().items()) or "no condition"
        message = (
            f"two definitions of type {kind} have the criterion {{{named}}}, first on line {reading.line_of(first)}"
        )
        yield reading.tree.problem("duplicate-criterion", node, message, "add a condition to one of them, or remove it")


def _criterion_at(node: Node) -> Criterion:
    return Criterion.parse({word: node.string_at(word) for word in _WORDS})
