"""One entry of mapRoles or mapUsers, as the authenticator reads it.

Keys are case-insensitive; a value of the wrong type counts as missing; an entry without an ARN is ignored. An entry of
IAM Identity Center (`sso`) has no ARN either, but counts.
Source: kubernetes-sigs/aws-iam-authenticator, packages mapper/configmap and config.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from leastway.aws_auth.flaw import Flaw, FlawKind
from leastway.aws_auth.tree import Content, Fields, Items, Scalar, YamlValue, content_of
from leastway.rbac import MASTERS

__all__ = ["ARN_KEYS", "Entry", "read_entry"]

ARN_KEYS = {"mapRoles": "rolearn", "mapUsers": "userarn"}
"""The sections with entries, and the key that names the principal in each."""

_MATCHABLE = re.compile(r"arn:[\w-]+:(iam::\d{12}:(role/[^/]+|user/.+|root)|sts::\d{12}:federated-user/.+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a section; `arn` is empty if it names nobody by ARN. `content` is all of it, for comparison."""

    line: int
    arn: str
    username: str
    groups: tuple[str, ...]
    content: Content
    is_identity_center: bool = False
    """Say whether it names roles of IAM Identity Center (`sso`), which some versions of the authenticator support."""

    def is_for(self, arn: str) -> bool:
        """Say whether the entry names this principal; ARNs compare case-insensitively."""
        return bool(self.arn) and self.arn.lower() == arn.lower()

    def says(self, username: str, groups: frozenset[str]) -> bool:
        """Say whether the entry maps to exactly this username and these groups."""
        return self.username == username and frozenset(self.groups) == groups


def read_entry(section: str, item: YamlValue, flaws: list[Flaw]) -> Entry:
    """Read one item of a section, and add its problems to `flaws`."""
    reader = _Reader(section, item.line, flaws)
    content = content_of(item)
    if not isinstance(item, Fields):
        reader.report(FlawKind.NOT_AN_ENTRY, "this item is not a mapping, so it is ignored")
        return Entry(item.line, "", "", (), content)
    fields = {key.text.lower(): value for key, value in item.pairs}
    arn = reader.text(fields, ARN_KEYS[section])
    username, groups = reader.text(fields, "username"), tuple(reader.texts(fields, "groups"))
    entry = Entry(item.line, arn, username, groups, content, "sso" in fields)
    if not arn.isascii():  # lower-casing differs between parsers: one of them turns \u212a into k
        reader.report(
            FlawKind.UNUSUAL_YAML, f"{arn!r} has characters that are not valid in an ARN and may match others"
        )
    if not arn and "sso" not in fields:
        reader.report(FlawKind.NO_ARN, f"this entry has no {ARN_KEYS[section]}, so it is ignored")
    elif arn and not _MATCHABLE.fullmatch(arn):
        reader.report(FlawKind.NEVER_MATCHES, f"no caller has the ARN {arn!r}: write a role ARN without its path")
    for group in entry.groups:
        if re.search(r"\s", group):
            reader.report(FlawKind.GROUP_WITH_BLANKS, f"{group!r} is one group: a list item is indented too far")
    if MASTERS in entry.groups:
        reader.report(
            FlawKind.FULL_PRIVILEGES, f"{arn or 'this entry'} is in system:masters, which no RBAC rule limits"
        )
    return entry


@dataclass(frozen=True, slots=True)
class _Reader:
    section: str
    line: int
    flaws: list[Flaw]

    def report(self, kind: FlawKind, message: str) -> None:
        self.flaws.append(Flaw(kind, self.section, self.line, message))

    def text(self, fields: dict[str, YamlValue], key: str) -> str:
        value = fields.get(key)
        return "" if value is None else self._text(value, key)

    def texts(self, fields: dict[str, YamlValue], key: str) -> Iterator[str]:
        value = fields.get(key)
        if value is None or (isinstance(value, Scalar) and value.is_null):
            return
        if not isinstance(value, Items):
            self.report(FlawKind.WRONG_TYPE, f"{key} is not a list, so it counts as empty")
            return
        for each in value.items:
            yield self._text(each, key)

    def _text(self, value: YamlValue, key: str) -> str:
        if isinstance(value, Scalar) and value.is_text:
            return value.text
        if not (isinstance(value, Scalar) and value.is_null):
            self.report(FlawKind.WRONG_TYPE, f"{key} may not be a string: put it in quotes")
        return ""
