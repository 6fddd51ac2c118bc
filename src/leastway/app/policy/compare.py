"""Compare two sets of policies: does the new one allow anything that the old one does not?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.app.policy.files import name_of, read_policy_text
from leastway.lint.readers.policy_document import guess_kind, recognizes
from leastway.policy import PolicyKind
from leastway.policy.cases import read_policy_set
from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.model.cursor import Cursor
from leastway.policy.model.parse import parse_document
from leastway.policy.model.text import PolicyText
from leastway.policy.prove import DEFAULT_TIMEOUT, Unknown, basis_of, compare

if TYPE_CHECKING:
    from pathlib import Path

    from leastway.policy.prove import Verdict

__all__ = ["DEFAULT_TIMEOUT", "compare_files"]

_MOST_CHARACTERS = 4 * 2**20


def compare_files(
    new: Path,
    old: Path,
    *,
    principal: str | None = None,
    resource_account: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdict:
    """Prove that `new` allows nothing that `old` does not, or show a request that it does.

    A file is one policy, or a set of policies in the format of `policy test`. A file that is much larger than all the
    policies that AWS allows for a principal is not read: the verdict is unknown. Errors: InvalidInputError.
    """
    sets = []
    for path in (new, old):
        found = None if _is_long(path) else read_policy_text(path, _read_set)
        if found is None:
            reason = f"{name_of(path)} is larger than {_MOST_CHARACTERS >> 20} MiB, and is not compared"
            return Unknown(basis_of((), load_catalog()), reason)
        sets.append(found)
    return compare(
        sets[0],
        sets[1],
        catalog=load_catalog(),
        timeout=timeout,
        caller=principal,
        resource_account=resource_account,
        says_nothing=True,
    )


def _is_long(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > _MOST_CHARACTERS


def _read_set(text: str, name: str) -> PolicySet | None:
    """Read a set of policies; return None for a text that is too long."""
    if len(text) > _MOST_CHARACTERS:
        return None
    source = PolicyText(text, name, objections=[])
    tree = source.read()
    if not recognizes(tree):
        return _not_empty(read_policy_set(text, name=name)[0], source)
    kind = guess_kind(tree)
    document = parse_document(Cursor(tree, source), kind)
    return PolicySet(identity=(document,)) if kind is PolicyKind.IDENTITY else PolicySet(resource=document)


def _not_empty(policies: PolicySet, source: PolicyText) -> PolicySet:
    if policies == PolicySet(management_account=policies.management_account):
        fix = "give a policy, or an object with identity_policies, resource_policy or other policies"
        raise source.error("the file contains no policy", (), fix=fix)
    return policies
