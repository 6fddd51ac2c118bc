"""The users and roles of an account with their policies, as compiled or as installed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from leastway.estate import EstateObject, ManagedPolicy, OtherAccess, Role, User
from leastway.policy import Document, PolicyKind, PolicySet, parse_policy

__all__ = ["Holding", "holdings"]

_ANYTHING = parse_policy(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
    kind=PolicyKind.IDENTITY,
)


@dataclass(frozen=True, slots=True)
class Holding:
    """One user or role: what its policies allow, as far as they are known.

    `unread` lists its policies that are missing in `rights` because their text is unknown. A boundary whose text is
    unknown, `unread_boundary`, is left out of `rights` too: it can only remove access. `attached` has the managed
    policies that are known, by ARN.
    """

    object: User | Role
    rights: PolicySet
    unread: tuple[str, ...] = ()
    unread_boundary: str = ""
    attached: Mapping[str, Document] = field(default_factory=dict)
    policies: tuple[str, ...] = ()
    """What the identity policies of `rights` are called, in their order."""

    @property
    def name(self) -> str:
        """The kind and name, for messages."""
        return f"{self.object.kind.value} {self.object.name}"

    @property
    def at_most(self) -> PolicySet:
        """The most that it can do, whatever the unread policies contain: they are assumed to allow everything."""
        return opened(self.rights) if self.unread else self.rights


def opened(rights: PolicySet) -> PolicySet:
    """Return `rights` with an additional policy that allows everything, within the same boundary."""
    return replace(rights, identity=(*rights.identity, _ANYTHING))


def holdings(
    objects: Iterable[EstateObject], *, live: bool, other_access: OtherAccess | None = None
) -> Iterator[Holding]:
    """Yield every user and role of `objects`.

    `other_access` has more policies and, for installed users, their groups.
    """
    there = list(objects)
    around = other_access or OtherAccess()
    known = {**around.documents, **{one.arn: one.document for one in there if isinstance(one, ManagedPolicy)}}
    for one in there:
        if isinstance(one, User | Role):
            groups = around.groups.get(one.arn, ()) if isinstance(one, User) else ()
            arns = sorted(one.policies.union(*(group.policies for group in groups)))
            own = [(f"the inline policy {name}", document) for name, document in one.inline]
            for group in groups:
                own += [(f"the inline policy {name} of group {group.name}", each) for name, each in group.inline]
            attached = {arn: known[arn] for arn in arns if arn in known}
            unread = [arn for arn in arns if arn not in known]
            if isinstance(one, User) and live and one.arn not in around.groups:
                unread.append(f"the policies of groups that user {one.name} may be in")
            boundary = (known[one.boundary],) if one.boundary in known else ()
            identity = (*(document for _, document in own), *attached.values())
            rights = PolicySet(identity=identity, boundary=boundary)
            names = (*(name for name, _ in own), *attached)
            yield Holding(one, rights, tuple(unread), "" if boundary else one.boundary, attached, names)
