"""A file that is a single policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from leastway.lint.exhibit import Exhibit
from leastway.lint.readers.reading import FileReading
from leastway.policy.model import PolicyError, PolicyHolder, PolicyKind
from leastway.policy.model.cursor import Cursor
from leastway.policy.model.parse import parse_document

if TYPE_CHECKING:
    from leastway.policy.model.text import PolicyText

__all__ = ["HOLDERS", "guess_kind", "read", "recognizes"]

HOLDERS = {
    PolicyKind.TRUST: PolicyHolder.TRUST_POLICY,
    PolicyKind.BOUNDARY: PolicyHolder.MANAGED_POLICY,
    PolicyKind.SESSION: PolicyHolder.SESSION_POLICY,
    PolicyKind.SCP: PolicyHolder.SCP,
    PolicyKind.RCP: PolicyHolder.RCP,
}
"""What stores a policy of each kind; identity policies may be managed or inline, and resources have own limits."""

_ROLE_ACTION = re.compile(r"sts:(assumerole\w*|tagsession|setsourceidentity|setcontext|\*)", re.IGNORECASE)


def recognizes(tree: object) -> bool:
    """Whether the JSON value is a policy, possibly a broken one."""
    return isinstance(tree, Mapping) and "Statement" in tree


def read(tree: object, source: PolicyText, kind: PolicyKind | None) -> FileReading:
    """Read the policy; without `kind`, the kind is guessed from its content. Errors: PolicyError."""
    found = kind or guess_kind(tree)
    objections: list[PolicyError] = []
    document = parse_document(Cursor(tree, replace(source, objections=objections)), found)
    return FileReading((Exhibit(document, HOLDERS.get(found), refused=tuple(objections)),))


def guess_kind(tree: object) -> PolicyKind:
    """Return the likely kind of the policy: one that names principals belongs to a resource or a role."""
    statements = [item for item in _items(tree, "Statement") if isinstance(item, Mapping)]
    if not any("Principal" in item or "NotPrincipal" in item for item in statements):
        return PolicyKind.IDENTITY
    if any("Resource" in item or "NotResource" in item for item in statements):
        return PolicyKind.RESOURCE
    actions = [action for item in statements for action in _items(item, "Action")]
    is_trust = all(isinstance(action, str) and _ROLE_ACTION.fullmatch(action) for action in actions)
    return PolicyKind.TRUST if actions and is_trust else PolicyKind.RESOURCE


def _items(tree: object, key: str) -> list[object]:
    value = tree.get(key, []) if isinstance(tree, Mapping) else []
    return value if isinstance(value, list) else [value]
