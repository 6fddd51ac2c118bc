"""Comparing two sets of policies: does the new one allow anything that the old one does not?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.app.policy.files import read_policy_text
from leastway.policy import PolicyKind
from leastway.policy.cases import read_policy_set
from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.findings.readers.policy_document import guess_kind, recognizes
from leastway.policy.model.cursor import Cursor
from leastway.policy.model.parse import parse_document
from leastway.policy.model.source import Source
from leastway.policy.prove import DEFAULT_TIMEOUT, compare

if TYPE_CHECKING:
    from pathlib import Path

    from leastway.policy.prove import Verdict

__all__ = ["DEFAULT_TIMEOUT", "compare_files"]


def compare_files(
    new: Path,
    old: Path,
    *,
    principal: str | None = None,
    resource_account: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdict:
    """Prove that `new` allows nothing that `old` does not, or show a request that it does.

    A file is one policy, or a set of policies in the format of `policy test`. Errors: InvalidInputError.
    """
    sets = [read_policy_text(path, _read_set) for path in (new, old)]
    return compare(
        sets[0],
        sets[1],
        catalog=load_catalog(),
        timeout=timeout,
        caller=principal,
        resource_account=resource_account,
    )


def _read_set(text: str, name: str) -> PolicySet:
    source = Source(text, name, objections=[])
    tree = source.read()
    if not recognizes(tree):
        return _not_empty(read_policy_set(text, name=name)[0], source)
    kind = guess_kind(tree)
    document = parse_document(Cursor(tree, source), kind)
    return PolicySet(identity=(document,)) if kind is PolicyKind.IDENTITY else PolicySet(resource=document)


def _not_empty(policies: PolicySet, source: Source) -> PolicySet:
    if policies == PolicySet(management_account=policies.management_account):
        fix = "name a policy, or an object with identity_policies, resource_policy and the like"
        raise source.error("this holds no policy", (), fix=fix)
    return policies
