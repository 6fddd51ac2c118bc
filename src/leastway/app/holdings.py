"""Who holds what: the users and roles of an account with their policies, as compiled or as found alive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from leastway.estate import EstateObject, ManagedPolicy, Role, User
from leastway.policy import Document, PolicyKind, PolicySet, parse_policy

__all__ = ["Holding", "holdings"]

_ANYTHING = parse_policy(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
    kind=PolicyKind.IDENTITY,
)


@dataclass(frozen=True, slots=True)
class Holding:
    """One user or role: what its policies give it, as far as they are known.

    `unread` names the policies that it has beside `rights` and of which nothing is known. A boundary that is not known
    is left out of `rights`: it could only take away.
    """

    object: User | Role
    rights: PolicySet
    unread: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The kind and name, for people."""
        return f"{self.object.kind.value} {self.object.name}"

    @property
    def at_most(self) -> PolicySet:
        """The most that it may do, whatever the unread policies say: they are taken to allow everything."""
        return opened(self.rights) if self.unread else self.rights


def opened(rights: PolicySet) -> PolicySet:
    """Return `rights` with a policy that allows everything beside the others, within the same boundary."""
    return replace(rights, identity=(*rights.identity, _ANYTHING))


def holdings(objects: Iterable[EstateObject], *, live: bool) -> Iterator[Holding]:
    """Yield every user and role of `objects`. Alive, a user may be in groups, which nobody reads."""
    there = list(objects)
    known = {one.arn: one.document for one in there if isinstance(one, ManagedPolicy)}
    for one in there:
        if isinstance(one, User):
            identity, unread = _attached(one.policies, known)
            groups = (f"the policies of groups that user {one.name} may be in",) if live else ()
            boundary = (known[one.boundary],) if one.boundary in known else ()
            yield Holding(one, PolicySet(identity=(*_inline(one), *identity), boundary=boundary), (*unread, *groups))
        elif isinstance(one, Role):
            identity, unread = _attached(one.policies, known)
            yield Holding(one, PolicySet(identity=(*_inline(one), *identity)), unread)


def _inline(holder: User | Role) -> tuple[Document, ...]:
    return tuple(document for _, document in holder.inline)


def _attached(arns: Iterable[str], known: Mapping[str, Document]) -> tuple[tuple[Document, ...], tuple[str, ...]]:
    """Return the documents of the policies, and the ARNs of those that are not known."""
    ordered = sorted(arns)
    return tuple(known[arn] for arn in ordered if arn in known), tuple(arn for arn in ordered if arn not in known)
