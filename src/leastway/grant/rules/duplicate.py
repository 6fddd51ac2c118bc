"""Rules `duplicate-account`, `-cluster`, `-role`, `-policy` and `-namespace`: each name is used once.

Account ids and clusters are compared exactly; names of roles and policies without case, as in IAM (IAM API reference,
CreateRole). The platform's own access role also counts as a role of the account.
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
    """Yield each second use of a name, with the line of the first."""
    accounts = reading.accounts
    yield from _second(reading, "account", "list each account once", _named(accounts, "id"))
    for account in accounts:
        yield from _second(reading, "cluster", "list each cluster once", _clusters(account))
        yield from _second(reading, "role", "give each role a different name", _roles(account))
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
            message = f"{what} {quote(node.string() or '')} appears twice, first on line {line}"
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
    """Yield each policy with its name in IAM; for a file, the file name without its suffix."""
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
            message = f"{quote(taken)} is the role that gives the platform access to this account"
            yield reading.tree.problem("duplicate-role", node, message, "give this role a different name")
