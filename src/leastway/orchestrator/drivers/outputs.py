"""Outputs in two trees: values, and secrets whose leaves are all Secret, never both at one path.

A list is never divided: with one secret in it, all of it is secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leastway.errors import InvalidInputError
from leastway.orchestrator.drivers.interface import Node, Provided
from leastway.primitives import Secret

__all__ = ["has_secret", "hidden", "revealed", "split_outputs", "united"]


def split_outputs(node: Node, values: Mapping[str, Any], secrets: Mapping[str, Any]) -> Provided:
    """Return outputs; a leaf of `values` that is a Secret belongs to the secrets.

    Errors: InvalidInputError if a path is in both.
    """
    plain, secret = _split(values)
    return Provided(values=plain, secrets=united(secret, hidden(secrets), plain, node))


def has_secret(value: Any) -> bool:
    """Return whether there is a Secret in `value`."""
    if isinstance(value, Mapping):
        return any(map(has_secret, value.values()))
    if isinstance(value, list | tuple):
        return any(map(has_secret, value))
    return isinstance(value, Secret)


def hidden(value: Any) -> Any:
    """Return `value` with every leaf as a Secret; one that is not a text becomes JSON."""
    if isinstance(value, Mapping):
        return {name: hidden(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(member) for member in value]
    if isinstance(value, Secret):
        return value
    return Secret(value if isinstance(value, str) else json.dumps(value))


def revealed(value: Any) -> Any:
    """Return `value` with its secrets, for what seals it."""
    if isinstance(value, Mapping):
        return {name: revealed(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [revealed(member) for member in value]
    return value.reveal() if isinstance(value, Secret) else value


def _split(value: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    plain: dict[str, Any] = {}
    secret: dict[str, Any] = {}
    for name, member in value.items():
        if not has_secret(member):
            plain[name] = member
        elif isinstance(member, Mapping):
            below = _split(member)
            plain |= {name: below[0]} if below[0] else {}
            secret[name] = below[1]
        else:
            secret[name] = hidden(member)
    return plain, secret


def united(
    one: Mapping[str, Any], other: Mapping[str, Any], plain: Mapping[str, Any], node: Node, path: str = ""
) -> dict[str, Any]:
    """Return two trees of secrets as one, which has no path of `plain`. Errors: InvalidInputError for a path in two."""
    found = dict(one)
    for name, member in other.items():
        at = f"{path}.{name}" if path else name
        beside = plain.get(name)
        are_trees = isinstance(member, Mapping) and all(
            each is None or isinstance(each, Mapping) for each in (found.get(name), beside)
        )
        if are_trees:
            found[name] = united(found.get(name) or {}, member, beside or {}, node, at)
        elif name in found or name in plain:
            raise InvalidInputError(
                f"the output {at} is both a value and a secret", where=node.where, fix="write it in one of the two"
            )
        else:
            found[name] = member
    return found
