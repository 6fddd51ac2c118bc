"""Parsing policy documents: tolerant where AWS is tolerant, strict where AWS is strict.

Accepted: one value instead of a list; any order; numbers and booleans without quotes in conditions; any case of
operators. Rejected, as by IAM: unknown or repeated elements, the wrong case of an element or of Effect, an action
without a service, a resource that is not an ARN, a principal in a policy that must not have one. Only the text is
checked: no account, action or resource is looked up.

Sources: IAM User Guide, "Grammar of the IAM JSON policy language", and the element pages; the messages of IAM's
MalformedPolicyDocument error where the guide is silent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leastway.policy.model.cursor import Cursor
from leastway.policy.model.document import CURRENT_VERSION, OLD_VERSION, Document
from leastway.policy.model.parse_statement import parse_statement
from leastway.policy.model.text import PolicyText, decoded_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastway.policy.model.error import PolicyError
    from leastway.policy.model.kind import PolicyKind

__all__ = ["parse_document", "parse_policy"]

_ELEMENTS = ("Version", "Id", "Statement")


def parse_policy(
    source: str | bytes | Mapping[str, object],
    *,
    kind: PolicyKind,
    name: str | None = None,
    objections: list[PolicyError] | None = None,
) -> Document:
    """Parse a policy from JSON text or from parsed JSON.

    `name` is the name of the document in errors, for example a file's path. What AWS refuses to store although its
    meaning is clear (a principal in an identity policy, an action with a space) is an error too, unless `objections` is
    given to collect it. Errors: PolicyError with the JSON pointer of the place, and line and column if `source` is
    text.
    """
    if isinstance(source, str | bytes):
        place = PolicyText(decoded_policy(source, name), name, objections=objections)
        root = Cursor(place.read(), place)
    else:
        root = Cursor(source, PolicyText(None, name, objections=objections))
    return parse_document(root, kind)


def parse_document(root: Cursor, kind: PolicyKind) -> Document:
    """Parse the policy at `root`, which may be part of a larger document. Errors: PolicyError at their place."""
    members = root.known_members("a policy", _ELEMENTS)
    version = members["Version"].word("Version", (CURRENT_VERSION, OLD_VERSION)) if "Version" in members else None
    if kind.is_of_organization and version != CURRENT_VERSION:
        root.object_to(f"a policy of kind {kind} must have a Version", fix=f'write "Version": "{CURRENT_VERSION}"')
    policy_id = members["Id"].text("Id") if "Id" in members else None
    if "Statement" not in members:
        raise root.error("the policy has no Statement")
    statement = members["Statement"]
    statements = tuple(parse_statement(item, kind) for item in statement.one_or_many())
    if kind.is_stored_by_iam:
        if not statements:
            statement.object_to("Statement must contain at least one statement")
        _check_sids(statement)
    return Document(
        kind=kind,
        statements=statements,
        version=version,
        id=policy_id,
        single_statement=not isinstance(statement.value, list | tuple),
    )


def _check_sids(statement: Cursor) -> None:
    """Reject a Sid that appears twice. Empty ones, which old tools write, are ignored."""
    seen: set[str] = set()
    for item in statement.one_or_many():
        sid = item.members("a statement").get("Sid")
        text = sid.text("Sid") if sid else ""
        if sid and text in seen:
            sid.object_to(f"the Sid {json.dumps(text)} appears twice", fix="give each statement its own Sid")
        if text:
            seen.add(text)
