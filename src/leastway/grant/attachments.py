"""The files that a grant refers to: policies, RBAC rules, resource definitions and profiles in the grant's folder.

Each file is read once, because a grant of ten thousand accounts may name one policy file ten thousand times. A path
that leads to no usable file is a problem of each reference to it. A problem within a file is reported once, at its
position in that file. `leastway.policy` parses policies; a grant adds that they fit IAM's size limit and have no
secrets and no placeholders.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from leastway.errors import InvalidInputError
from leastway.grant.definition_document import read_definition
from leastway.grant.model import AwsManagedPolicy, PolicyFile, RulesFile
from leastway.grant.problem import without_repetition
from leastway.grant.rbac_rules import read_rules
from leastway.grant.rules.secret import check_secrets
from leastway.grant.source import GrantFile, quote
from leastway.grant.values.role_name import is_iam_name
from leastway.policy import PolicyError, PolicyKind, parse_policy, policy_size
from leastway.policy.model import SIZE_LIMITS, PolicyHolder
from leastway.primitives import Arn
from leastway.registry import find_placeholder_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leastway.grant.problem import Problem
    from leastway.registry import TerraformDefinition

__all__ = ["Attachments", "BrokenReference"]

_LARGEST = 1 << 20
T = TypeVar("T")
# What to underline: a string, a word, or an object or list to the end of its line.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{].*|[^\s,\]}]+')
_LONGEST = SIZE_LIMITS[PolicyHolder.MANAGED_POLICY]


@dataclass(frozen=True, slots=True)
class BrokenReference:
    """Why a reference cannot be followed. The problem is reported at the reference."""

    rule: str
    message: str
    fix: str


class Attachments:
    """The files of one grant. `problems` are those found within the files, in the order of reading.

    `digests` has the SHA-256 of each file that was read, by its path in the grant's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.problems: list[Problem] = []
        self.digests: dict[str, str] = {}
        self._folder = folder
        self._policies: dict[str, PolicyFile | BrokenReference | None] = {}
        self._rules: dict[str, RulesFile | BrokenReference | None] = {}
        self._definitions: dict[str, TerraformDefinition | BrokenReference | None] = {}

    def policy(self, name: str) -> PolicyFile | AwsManagedPolicy | BrokenReference | None:
        """Return the policy that `name` refers to: a file, or the ARN of an AWS managed policy.

        None if the file exists but is not a valid policy; `problems` then has the reasons.
        """
        if name.startswith("arn:"):
            return _managed_policy(name)
        if name not in self._policies:
            self._policies[name] = self._read_policy(name)
        return self._policies[name]

    def rules(self, name: str) -> RulesFile | BrokenReference | None:
        """Return the RBAC rules of the file `name`; None if they are not valid, with the reasons in `problems`."""
        if name not in self._rules:
            self._rules[name] = self._read(name, read_rules)
        return self._rules[name]

    def definition(self, name: str) -> TerraformDefinition | BrokenReference | None:
        """Return the resource definition of the file `name`; None if not valid, with the reasons in `problems`."""
        if name not in self._definitions:
            self._definitions[name] = self._read(name, read_definition)
        return self._definitions[name]

    def open(self, name: str) -> GrantFile | BrokenReference:
        """Read the file `name`, a path that is relative to the grant's folder and stays inside it."""
        if not name.isprintable():
            return BrokenReference(
                "missing-file", f"{quote(name)} is not a valid path", "write the path of a file in the grant's folder"
            )
        if Path(name).is_absolute() or ".." in Path(name).parts:
            message = f"{quote(name)} leaves the grant's folder"
            return BrokenReference(
                "file-outside-folder", message, "move the file into the grant's folder and use a path relative to it"
            )
        try:
            return self._open(name, self._folder / name)
        except OSError as error:
            what = (error.strerror or "unknown error").lower()
            return BrokenReference("unreadable-file", f"{quote(name)} cannot be read: {what}", "check the path")

    def _open(self, name: str, path: Path) -> GrantFile | BrokenReference:
        try:
            within = path.resolve().is_relative_to(self._folder.resolve())
        except RuntimeError:  # of a link that leads to itself, before Python 3.13
            return BrokenReference(
                "unreadable-file", f"{quote(name)} is a link to itself", "replace the link with the file"
            )
        if not within:
            message = f"{quote(name)} is a link to outside of the grant's folder"
            return BrokenReference("file-outside-folder", message, "replace the link with the file")
        if not path.exists():
            return BrokenReference("missing-file", f"file {quote(name)} does not exist", self._nearest(path))
        try:
            found = GrantFile.read(path, limit=_LARGEST)
        except InvalidInputError as error:
            return BrokenReference("unreadable-file", f"{quote(name)} {error.what}", error.fix or "check the file")
        self.digests[str(Path(name))] = found.digest
        return found

    def _read_policy(self, name: str) -> PolicyFile | BrokenReference | None:
        source = self.open(name)
        if isinstance(source, BrokenReference):
            return source
        if not is_iam_name(Path(name).stem, longest=128):
            message = f"{quote(name)} is not a file name that IAM accepts as a policy name"
            return BrokenReference("policy-file", message, "rename the file: use only letters, digits and _+=,.@-")
        return self._judged(read_policy(source))

    def _read(
        self, name: str, read: Callable[[GrantFile], tuple[T | None, list[Problem]]]
    ) -> T | BrokenReference | None:
        source = self.open(name)
        return source if isinstance(source, BrokenReference) else self._judged(read(source))

    def _judged(self, read: tuple[T | None, list[Problem]]) -> T | None:
        found, problems = read
        self.problems.extend(problems)
        return found

    def _nearest(self, path: Path) -> str:
        """Suggest a file with a similar name in the same folder."""
        there = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        close = difflib.get_close_matches(path.name, there, n=1, cutoff=0.7)
        if not close:
            return "create the file, or correct the path, which is relative to the grant's folder"
        return f"did you mean {(path.parent / close[0]).relative_to(self._folder)}?"


def _managed_policy(text: str) -> AwsManagedPolicy | BrokenReference:
    fix = "give a file with the policy, or an AWS managed policy: arn:aws:iam::aws:policy/<name>"
    try:
        arn = Arn.parse(text)
    except InvalidInputError as error:
        return BrokenReference("policy-arn", error.what, fix)
    if (arn.service, arn.region, arn.account, arn.resource_type) != ("iam", "", "aws", "policy"):
        message = f"{quote(text)} is not an AWS managed policy, and leastway cannot read other policies"
        return BrokenReference("policy-arn", message, fix)
    return AwsManagedPolicy(arn)


def read_policy(source: GrantFile) -> tuple[PolicyFile | None, list[Problem]]:
    """Read an identity policy; None with any problem."""
    problems = [*check_secrets(source), *_placeholders(source)]
    try:
        document = parse_policy(source.text, kind=PolicyKind.IDENTITY)
    except PolicyError as error:
        return None, without_repetition(problems, [_problem(source, error)])
    size = policy_size(document)
    if size > _LONGEST:
        message = f"the policy has {size:,} characters without white space, and IAM accepts {_LONGEST:,}"
        problems.append(source.problem("policy-size", 0, 1, message, "split it into several files"))
    return (None if problems else PolicyFile(source.path, source.text, document)), problems


def _placeholders(source: GrantFile) -> Iterator[Problem]:
    for start, end in find_placeholder_text(source.text, variables=True):
        message = f"{quote(source.text[start:end])} is placeholder text"
        yield source.problem("placeholder", start, end, message, "replace it with the value")


def _problem(source: GrantFile, error: PolicyError) -> Problem:
    start = source.offset(error.line or 1, error.column or 1)
    token = _TOKEN.match(source.text, start)
    fix = error.fix or "correct the policy; `leastway policy lint` shows more about it"
    return source.problem("policy-file", start, token.end() if token else start, error.what, fix)
