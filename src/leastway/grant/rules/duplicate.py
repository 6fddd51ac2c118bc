"""Rules `duplicate-account`, `-cluster`, `-role`, `-policy` and `-namespace`: one name is claimed once.

Account ids and clusters compare exactly; the names of roles and policies compare as IAM does, without case (IAM API
reference, CreateRole). The role through which the platform comes in has a name, too.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from leastway.grant.source import quote

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading
    from leastway.source import Node

__all__ = ["check_duplicates"]


def check_duplicates(reading: GrantReading) -> Iterator[Problem]:
    """Yield each second claim, with the line of the first."""
    accounts = reading.accounts
    yield from _second(reading, "account", "give each account one entry", _named(accounts, "id"))
    for account in accounts:
        yield from _second(reading, "cluster", "give each cluster one entry", _clusters(account))
        yield from _second(reading, "role", "give each role a name of its own", _roles(account))
        yield from _access_role(reading, account)
        for role in account.each("roles"):
            yield from _second(reading, "policy", "rename one of the files", _policies(role))
        for cluster in account.each("clusters"):
            for access in cluster.each("access"):
                names = [(name, node) for node in access.each("namespaces") if (name := node.string())]
                yield from _second(reading, "namespace", "delete one of them", names)


def _second(reading: GrantReading, what: str, fix: str, claims: Iterable[tuple[Hashable, Node]]) -> Iterator[Problem]:
    first: dict[Hashable, Node] = {}
    for name, node in claims:
        if name in first:
            line = reading.line_of(first[name])
            message = f"the {what} {quote(node.string() or '')} is claimed twice, first on line {line}"
            yield reading.tree.problem(f"duplicate-{what}", node, message, fix)
        else:
            first[name] = node


def _named(nodes: Iterable[Node], key: str) -> Iterator[tuple[str, Node]]:
    for node in nodes:
        child = node.get(key)
        if child is not None and (name := child.string()):
            yield name, child


def _clusters(account: Node) -> Iterator[tuple[Hashable, Node]]:
    for cluster in account.each("clusters"):
        region = cluster.string_at("region") or account.string_at("region")
        for name, node in _named([cluster], "name"):
            yield (region, name), node


def _roles(account: Node) -> Iterator[tuple[str, Node]]:
    for name, node in _named(account.each("roles"), "name"):
        yield name.lower(), node


def _policies(role: Node) -> Iterator[tuple[str, Node]]:
    """Yield each policy by the name that it gets in IAM: a file's without its ending."""
    for node in role.each("policies"):
        if text := node.string():
            is_arn = text.startswith("arn:")
            yield (text if is_arn else PurePosixPath(text).stem).lower(), node


def _access_role(reading: GrantReading, account: Node) -> Iterator[Problem]:
    account_id = account.string_at("id")
    if reading.profile is None or account_id is None:
        return
    taken = reading.profile.access_role_name.replace("{account}", account_id)
    for name, node in _roles(account):
        if name == taken.lower():
            message = f"the role {quote(taken)} is the one through which the platform comes in"
            yield reading.tree.problem("duplicate-role", node, message, "give this role a name of its own")
