"""The caller of a request, and how closely a policy's principal names it.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "Policy evaluation for requests within a single
account". A canonical user id cannot be derived from a caller's ARN, so it never matches.
"""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass, field

from leastway.policy.model import PolicyError, Principal, PrincipalType
from leastway.policy.partitions import COGNITO, SERVICE_SUFFIXES
from leastway.primitives import Partition

__all__ = ["Caller", "CallerKind", "Closeness", "account_with_policies"]


class CallerKind(enum.Enum):
    """The type of a caller; the values are those of `aws:PrincipalType` where it has one."""

    USER = "User"
    ROLE = "Role"
    """A role, if the session does not matter; it has the rights of a session without a session policy."""
    SESSION = "AssumedRole"
    FEDERATED_USER = "FederatedUser"
    ROOT = "Account"
    SERVICE = "Service"
    IDENTITY_PROVIDER = "IdentityProvider"
    """An identity that a SAML or OIDC provider has authenticated, before it has a session."""
    ANONYMOUS = "Anonymous"


class Closeness(enum.IntEnum):
    """How closely a principal of a statement names a caller; a higher value is closer."""

    NONE = 0
    ACCOUNT = 1
    """The caller's account: the policies of the account decide."""
    ENTITY = 2
    """The role behind a session: limited by an implicit deny of the boundary and the session policy."""
    DIRECT = 3
    """The caller itself, or everyone: not limited by an implicit deny of these."""


_IAM = re.compile(r"arn:(?P<partition>[^:]+):iam::(?P<account>[0-9]{12}):(?P<resource>.+)", re.DOTALL)
_STS = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>[0-9]{12}):(?P<resource>.+)", re.DOTALL)
_ACCOUNT = re.compile(r"arn:[^:]+:iam::(?P<root>[0-9]{12}):root|(?P<id>[0-9]{12})")
_SERVICE = re.compile(rf"[A-Za-z0-9.-]+\.(?:{'|'.join(map(re.escape, SERVICE_SUFFIXES))})")
_PROVIDERS = (*COGNITO, "accounts.google.com", "graph.facebook.com", "www.amazon.com")
_EVERYONE = "*"
_ROOT = "root"
_MOST_REMEMBERED = 4096
_WITH_POLICIES = (CallerKind.USER, CallerKind.ROLE, CallerKind.SESSION, CallerKind.FEDERATED_USER)


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal of a request. `account` is None for services, identity providers and anonymous callers."""

    kind: CallerKind
    arn: str
    """An ARN; the name of a service or provider; `*` for an anonymous caller."""
    account: str | None = None
    entity_arn: str | None = None
    """The ARN of the user or role, or of the role behind a session; the latter may lack the role's path.

    A federated user has none: its name is chosen at creation and does not tell who created it. Source: AWS STS API
    Reference, "GetFederationToken".
    """
    is_service_linked: bool = False
    """Whether SCPs and RCPs do not apply. Source: AWS Organizations User Guide, "Service control policies"."""
    _names: tuple[tuple[Closeness, str], ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, *, role_arn: str | None = None) -> Caller:
        """Read an ARN, the name of a service or identity provider, an account id (its root), or `*` (anonymous).

        `role_arn` is the role of a session, if its path is known. Errors: PolicyError.
        """
        return _parse(text) if role_arn is None else _parse(text, role_arn)

    @property
    def has_policies(self) -> bool:
        """Whether this caller can have identity policies, a boundary and session policies."""
        return self.kind in _WITH_POLICIES

    def closeness(self, principals: PrincipalNames) -> Closeness:
        """Return how closely `principals` name this caller."""
        if principals.everyone:
            return Closeness.DIRECT
        if self.kind is CallerKind.SERVICE:
            return Closeness.DIRECT if self.arn in principals.services else Closeness.NONE
        if self.kind is CallerKind.IDENTITY_PROVIDER:
            return Closeness.DIRECT if self.arn in principals.providers else Closeness.NONE
        for closeness, name in self._names:
            if name in principals.names:
                return closeness
        return Closeness.NONE


_WITH_POLICIES_OF_ITS_OWN = re.compile(
    r"arn:[^:]+:(?:iam::([0-9]{12}):(?:user|role)/.|sts::([0-9]{12}):assumed-role/[^/]*/[^/]*\Z)", re.DOTALL
).match


def account_with_policies(text: str) -> str | None:
    """Return the account of the user, role or session with the ARN `text`; None if it is something else.

    Gives the same answer as `Caller.parse` without building the caller, which is most of the work if every request has
    a different one.
    """
    found = _WITH_POLICIES_OF_ITS_OWN(text)
    return (found[1] or found[2]) if found else None


@functools.lru_cache(_MOST_REMEMBERED)
def _parse(text: str, role_arn: str | None = None) -> Caller:
    iam = _IAM.fullmatch(text)
    if iam and iam["resource"] != _ROOT:
        return _of_iam(text, iam)
    sts = _STS.fullmatch(text)
    if sts:
        return _of_sts(text, sts, role_arn)
    account = _account(text)
    if account:
        arn = f"arn:{Partition.AWS}:iam::{account}:root" if account == text else text
        return Caller(CallerKind.ROOT, arn, account, _names=((Closeness.ACCOUNT, account),))
    if text == _EVERYONE:
        return Caller(CallerKind.ANONYMOUS, text)
    if text in _PROVIDERS:
        return Caller(CallerKind.IDENTITY_PROVIDER, text)
    if _SERVICE.fullmatch(text):
        return Caller(CallerKind.SERVICE, text)
    fix = "give the ARN of a user, role, session or root, the name of a service, or * for anonymous"
    raise PolicyError(f"{text!r} is not a principal that can make requests", fix=fix)


def _of_iam(text: str, found: re.Match[str]) -> Caller:
    resource_type, _, name = found["resource"].partition("/")
    account = found["account"]
    account_name = (Closeness.ACCOUNT, account)
    if resource_type == "user" and name:
        return Caller(CallerKind.USER, text, account, text, _names=((Closeness.DIRECT, text), account_name))
    if resource_type == "role" and name:
        names = ((Closeness.ENTITY, _role_key(found)), account_name)
        return Caller(CallerKind.ROLE, text, account, text, _is_service_linked(text), names)
    if resource_type in ("saml-provider", "oidc-provider"):
        return Caller(CallerKind.IDENTITY_PROVIDER, text)
    raise PolicyError(f"{text!r} is not a principal that can make requests", fix="give a user, role or session")


def _of_sts(text: str, found: re.Match[str], role_arn: str | None) -> Caller:
    resource_type, _, name = found["resource"].partition("/")
    account, partition = found["account"], found["partition"]
    account_name = (Closeness.ACCOUNT, account)
    if resource_type == "assumed-role" and name.count("/") == 1:
        role = role_arn or f"arn:{partition}:iam::{account}:role/{name.partition('/')[0]}"
        behind = _IAM.fullmatch(role)
        if behind is None:
            raise PolicyError(f"{role!r} is not the ARN of a role")
        names = ((Closeness.DIRECT, text), (Closeness.ENTITY, _role_key(behind)), account_name)
        return Caller(CallerKind.SESSION, text, account, role, _is_service_linked(role), names)
    if resource_type == "federated-user" and name:
        return Caller(CallerKind.FEDERATED_USER, text, account, _names=((Closeness.DIRECT, text), account_name))
    fix = "write arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION"
    raise PolicyError(f"{text!r} is not the ARN of a session", fix=fix)


@dataclass(frozen=True, slots=True)
class PrincipalNames:
    """The principals of a statement, prepared for `Caller.closeness`."""

    everyone: bool
    names: frozenset[str]
    services: frozenset[str]
    providers: frozenset[str]

    @classmethod
    def of(cls, principal: Principal) -> PrincipalNames:
        """Prepare `principal`. A role is identified by account and name: IAM does not allow one name on two paths."""
        found: dict[PrincipalType, set[str]] = {principal_type: set() for principal_type in PrincipalType}
        for principal_type, name in principal.names():
            found[principal_type].add(name)
        names = {_policy_name(name) for name in found[PrincipalType.AWS]}
        return cls(
            everyone=_EVERYONE in names,
            names=frozenset(names),
            services=frozenset(found[PrincipalType.SERVICE]),
            providers=frozenset(found[PrincipalType.FEDERATED]),
        )


def _policy_name(name: str) -> str:
    account = _account(name)
    if account:
        return account
    iam = _IAM.fullmatch(name)
    return _role_key(iam) if iam and iam["resource"].startswith("role/") else name


def _account(text: str) -> str | None:
    found = _ACCOUNT.fullmatch(text)
    return (found["root"] or found["id"]) if found else None


def _role_key(found: re.Match[str]) -> str:
    """Return the identity of a role: partition, account and name. Role names are unique regardless of case."""
    name = found["resource"].rpartition("/")[2].lower()
    return f"role:{found['partition']}:{found['account']}:{name}"


def _is_service_linked(role_arn: str) -> bool:
    """Whether the role is service-linked: by its path, or if that is unknown, by the prefix that IAM reserves."""
    path, _, name = role_arn.partition(":role/")[2].rpartition("/")
    return path.startswith("aws-service-role") or name.startswith("AWSServiceRoleFor")
