"""Strict reader of the `data` of the ConfigMap kube-system/aws-auth.

The keys are exactly `mapRoles`, `mapUsers` and `mapAccounts`, each a YAML text. Problems become flaws, never an
exception: a section that cannot be read has `entries` None, which means unknown and not empty. Such a section may map
any principal: an ARN may be written with escapes, anchors or tags.
Source: kubernetes-sigs/aws-iam-authenticator, package mapper/configmap; EKS User Guide, "Grant IAM users access to
Kubernetes with a ConfigMap".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from leastway.aws_auth.entry import ARN_KEYS, Entry, read_entry
from leastway.aws_auth.flaw import Flaw, FlawKind
from leastway.aws_auth.layout import Empty, Layout, layout_of
from leastway.aws_auth.strict_yaml import RefusedYamlError, read
from leastway.aws_auth.tree import Items, Scalar

__all__ = ["AwsAuth", "Section", "parse"]

_KEYS = (*ARN_KEYS, "mapAccounts")
_SKIPPED = ("", "``", '""', "''")
"""Texts that the authenticator treats as empty."""
_RESERVED = re.compile(":role/AWSReservedSSO_", re.IGNORECASE)
"""Roles created by IAM Identity Center: their entries name a permission set, not an ARN."""


@dataclass(frozen=True, slots=True)
class Section:
    """mapRoles or mapUsers: its text (empty if the authenticator skips it), its entries in order (None: unknown), and
    their positions."""

    name: str
    text: str
    entries: tuple[Entry, ...] | None
    layout: Layout
    flaws: tuple[Flaw, ...]

    @property
    def obstacle(self) -> Flaw | None:
        """Why the section cannot be edited, or None."""
        return next((flaw for flaw in self.flaws if flaw.kind.blocks), None)


@dataclass(frozen=True, slots=True)
class AwsAuth:
    """The content of the ConfigMap. `flaws` are all of them, including those of the sections.

    `accounts` are those of mapAccounts, whose principals are admitted without an entry, by ARN and in no group; None if
    mapAccounts cannot be read.
    """

    roles: Section
    users: Section
    accounts: frozenset[str] | None
    flaws: tuple[Flaw, ...]

    @property
    def sections(self) -> tuple[Section, Section]:
        """Both sections; the authenticator searches roles first."""
        return (self.roles, self.users)

    def entries_for(self, arn: str) -> Iterator[tuple[Section, Entry]]:
        """Yield every readable entry of a principal, from both sections."""
        for section in self.sections:
            for entry in section.entries or ():
                if entry.is_for(arn):
                    yield section, entry

    def obstacle(self, arn: str, section: str = "") -> Flaw | None:
        """Return why the entries of `arn` are uncertain, or None.

        Any section may name any principal, so both must be certain. A section that is certainly not a list maps nobody:
        it is an obstacle only for writing into that section, `section`.
        """
        for each in self.sections:
            flaw = each.obstacle
            if flaw is not None and (each.name == section or flaw.kind is not FlawKind.NOT_A_LIST):
                return flaw
        return self._identity_center(arn) if _RESERVED.search(arn) else None

    def account_obstacle(self, arn: str) -> Flaw | None:
        """Return why it is uncertain whether mapAccounts admits the account of `arn`, or None."""
        if self.accounts is not None or any(self.entries_for(arn)):
            return None
        return next((each for each in self.flaws if each.section == "mapAccounts" and each.kind.blocks), None)

    def admits_account(self, arn: str) -> bool:
        """Say whether mapAccounts admits `arn` without an entry of its own."""
        fields = arn.split(":")
        return len(fields) > 4 and fields[4] in (self.accounts or ())

    def _identity_center(self, arn: str) -> Flaw | None:
        entry = next((one for each in self.sections for one in each.entries or () if one.is_identity_center), None)
        if entry is None:
            return None
        message = f"this entry of IAM Identity Center may map {arn}"
        return Flaw(FlawKind.IDENTITY_CENTER, "mapRoles", entry.line, message)


def parse(data: Mapping[str, str]) -> AwsAuth:
    """Read the `data` of the ConfigMap."""
    roles, users = (_section(name, data.get(name, "")) for name in ARN_KEYS)
    accounts, problems = _accounts(data.get("mapAccounts", ""))
    other = [*_wrong_keys(data), *problems]
    return AwsAuth(roles, users, accounts, (*other, *roles.flaws, *users.flaws))


@lru_cache(maxsize=256)
def _section(name: str, text: str) -> Section:
    """Read one section; cached, because the same text is read repeatedly while waiting for a change."""
    if text.strip() in _SKIPPED:
        return Section(name, "", (), Empty(), ())
    try:
        root = read(text)
        layout = layout_of(text, root)
    except RefusedYamlError as refused:
        flaw = Flaw(refused.kind, name, refused.line, refused.message)
        return Section(name, text, None, Empty(), (flaw,))
    flaws: list[Flaw] = []
    items = root.items if isinstance(root, Items) else ()
    entries = tuple(read_entry(name, item, flaws) for item in items)
    flaws.extend(_duplicates(name, entries))
    return Section(name, text, entries, layout, tuple(flaws))


def _duplicates(section: str, entries: tuple[Entry, ...]) -> Iterator[Flaw]:
    seen: dict[str, int] = {}
    for entry in entries:
        first = seen.setdefault(entry.arn.lower(), entry.line)
        if entry.arn and first != entry.line:
            message = f"{entry.arn} appears here and on line {first}: only one of the two entries counts"
            yield Flaw(FlawKind.DUPLICATE_ARN, section, entry.line, message)


def _wrong_keys(data: Mapping[str, str]) -> Iterator[Flaw]:
    right = {key.lower(): key for key in _KEYS}
    for key in data:
        if (meant := right.get(key.lower())) and key != meant:
            yield Flaw(FlawKind.WRONG_CASE_KEY, key, 0, f"this key is ignored: the authenticator reads only {meant}")


def _accounts(text: str) -> tuple[frozenset[str] | None, tuple[Flaw, ...]]:
    """Return the account ids, as written, quoted or not."""
    if text.strip() in _SKIPPED:
        return frozenset(), ()
    try:
        root = read(text)
        layout_of(text, root)
    except RefusedYamlError as refused:
        known = frozenset[str]() if refused.kind is FlawKind.NOT_A_LIST else None
        return known, (Flaw(refused.kind, "mapAccounts", refused.line, refused.message),)
    items = root.items if isinstance(root, Items) else ()
    return frozenset(each.text for each in items if isinstance(each, Scalar) and not each.is_null), ()
