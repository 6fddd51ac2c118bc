"""Reading a grant from its file: returns a `Grant`, or reports every problem of the file.

The steps, in this order:
1. Read the file: UTF-8, of limited size.
2. Parse it as YAML, a strict subset, into a tree with positions.
3. Look for credentials, placeholder text and missing values. Nothing else is reported about such a value. Of a file
   that is something else than a grant, only this and its credentials are reported.
4. Validate the tree against the document: fields, types, single values.
5. Find the platform's profile.
6. Check the rules that need several values or other files.
7. If there is no problem, check that each reason explains something, and build the grant.

Where access is looked at or taken away, some problems are only objections (`purpose`).

No network, credentials or cluster is used. `claim_of_file` reads the name in a file without checking the rest.
"""

from __future__ import annotations

import contextlib
import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.errors import LeastwayError
from leastway.grant.attachments import Attachments, BrokenReference
from leastway.grant.build import build_grant
from leastway.grant.definition_document import read_definition
from leastway.grant.document import GrantDocument
from leastway.grant.problem import GrantError, Problem, in_order, without_repetition
from leastway.grant.profile import UnknownProfileError, find_profile, read_profile
from leastway.grant.purpose import Purpose
from leastway.grant.reading import GrantReading
from leastway.grant.rules.attached_file import check_attached_files
from leastway.grant.rules.definitions import check_definitions
from leastway.grant.rules.duplicate import check_duplicates
from leastway.grant.rules.duplicate_access import check_duplicate_access
from leastway.grant.rules.external_id import check_external_ids
from leastway.grant.rules.full_privileges import check_full_privileges
from leastway.grant.rules.grants_nothing import check_grants_something
from leastway.grant.rules.needless_reason import check_needless_reasons
from leastway.grant.rules.no_value import check_no_value
from leastway.grant.rules.not_a_grant import check_is_a_grant
from leastway.grant.rules.partition import check_partition
from leastway.grant.rules.placeholder import check_placeholders
from leastway.grant.rules.platform import check_platform
from leastway.grant.rules.role_outside_prefix import check_prefix
from leastway.grant.rules.scope import check_scope
from leastway.grant.rules.secret import check_grant_secrets
from leastway.grant.rules.unsafe_reason import check_unsafe_reasons
from leastway.grant.rules.way_in import check_way_in
from leastway.grant.source import LARGEST_GRANT, GrantFile, quote, read_tree
from leastway.grant.structure import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leastway.grant.model import Grant, Profile
    from leastway.grant.source import Tree
    from leastway.registry import TerraformDefinition
    from leastway.source import Node

__all__ = ["FileClaim", "claim_of_file", "load_definition", "load_for", "load_grant"]

_CHECKS: tuple[Callable[[GrantReading], Iterator[Problem]], ...] = (
    check_grants_something,
    check_duplicates,
    check_duplicate_access,
    check_external_ids,
    check_way_in,
    check_partition,
    check_platform,
    check_prefix,
    check_scope,
    check_attached_files,
    check_full_privileges,
    check_unsafe_reasons,
    check_definitions,
)
"""Every rule that needs several values or other files, in the order in which they run."""


def load_grant(path: Path, *, platform: Profile | None = None) -> Grant:
    """Read the grant at `path` and the files that it names; `platform` replaces the profile that it names.

    Errors: GrantError with all problems, not only the first; InvalidInputError if the file itself cannot be read.
    """
    with _without_collection():
        return _load(path, platform, Purpose.GIVE)[0]


def load_for(path: Path, purpose: Purpose) -> tuple[Grant, tuple[Problem, ...]]:
    """Read the grant at `path` for a purpose, and return it with the objections to it.

    Errors: as those of `load_grant`, for problems that are more than objections.
    """
    with _without_collection():
        return _load(path, None, purpose)


def load_definition(path: Path) -> TerraformDefinition:
    """Read the resource definition at `path`.

    Errors: GrantError with all problems; InvalidInputError if the file itself cannot be read.
    """
    definition, problems = read_definition(GrantFile.read(path, limit=LARGEST_GRANT))
    if definition is None:
        raise GrantError(path, problems)
    return definition


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Pause cyclic garbage collection: there are no cycles here, and each pass over the growing tree takes longer."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _load(path: Path, platform: Profile | None, purpose: Purpose) -> tuple[Grant, tuple[Problem, ...]]:
    # 1.
    source = GrantFile.read(path, limit=LARGEST_GRANT)
    # 2.
    tree, problems = read_tree(source)
    if tree is None:
        raise GrantError(path, problems)
    # 3.
    problems += check_grant_secrets(tree)
    if strange := list(check_is_a_grant(tree)):
        raise GrantError(path, without_repetition(problems, strange))
    problems += [*check_placeholders(tree), *check_no_value(tree)]
    # 4.
    document, judged = read_document(tree, GrantDocument)
    # 5.
    attachments = Attachments(path.parent)
    profile, findings = (platform, []) if platform else _find_platform(tree, attachments)
    judged += findings
    # 6.
    reading = GrantReading(tree, attachments, profile)
    for check in _CHECKS:
        judged += check(reading)
    of_files = {*check_attached_files(reading), *attachments.problems}
    problems = without_repetition(problems, judged)
    problems += attachments.problems
    # 7.
    if not problems and platform is None:  # another profile of the platform may need no reason
        problems += check_needless_reasons(reading)
    is_refused = not all(purpose.objects(problem, of_files) for problem in problems)
    if document is None or profile is None or is_refused:
        raise GrantError(path, problems)
    return build_grant(document, profile, attachments, source), in_order(problems)


def _find_platform(tree: Tree, attachments: Attachments) -> tuple[Profile | None, list[Problem]]:
    """Find the profile that `platform` names; `read_document` reports a wrong type of the field."""
    node = tree.root.get("platform")
    if node is None:
        return None, []
    profile, version = node.string() or node.string_at("profile"), node.string_at("version")
    if profile is None:
        return None, []
    if "/" in profile or profile.endswith((".yaml", ".yml")):
        return _own_profile(tree, node, profile, version, attachments)
    try:
        return find_profile(profile, version), []
    except UnknownProfileError as error:
        return None, [tree.problem("unknown-platform", node, error.what, error.fix)]


def _own_profile(
    tree: Tree, node: Node, name: str, version: str | None, attachments: Attachments
) -> tuple[Profile | None, list[Problem]]:
    source = attachments.open(name)
    if isinstance(source, BrokenReference):
        return None, [tree.problem(source.rule, node, source.message, source.fix)]
    profile, problems = read_profile(source)
    if profile is not None and version not in (None, profile.version):
        message = f"{quote(name)} is version {profile.version}, not {quote(version or '')}"
        return None, [tree.problem("unknown-platform", node, message, f"write version: {quote(profile.version)}")]
    return profile, problems


@dataclass(frozen=True, slots=True)
class FileClaim:
    """The name in a grant file, and the ids of its accounts."""

    name: str
    accounts: frozenset[str]

    def is_another_than(self, grant: Grant) -> bool:
        """Return whether both claim the same name, but each has accounts that the other does not have.

        Otherwise the file may be a copy of the grant, or the same file at an earlier path.
        """
        mine = frozenset(str(account.id) for account in grant.accounts)
        return self.name == grant.name and bool(mine - self.accounts) and bool(self.accounts - mine)


def claim_of_file(path: Path) -> FileClaim | None:
    """Return what the file claims; None if the file does not exist or contains no name of a grant."""
    try:
        tree, _ = read_tree(GrantFile.read(path, limit=LARGEST_GRANT))
    except LeastwayError:
        return None
    metadata = tree.root.get("metadata") if tree is not None else None
    name = metadata.string_at("name") if metadata is not None else None
    if tree is None or name is None:
        return None
    ids = (account.string_at("id") for account in tree.root.each("accounts"))
    return FileClaim(name, frozenset(found for found in ids if found is not None))
