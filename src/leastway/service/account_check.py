"""The check of a cloud account for real: who its credentials are, and that nothing admits others.

A role is checked in these steps; the first that fails ends the check:
1. Its name, and its path if it has one, begin with the platform's prefix. Nothing is called before that.
2. Without an external id it must be refused.
3. With a wrong external id it must be refused.
4. With the right one it must be assumed, and AWS must name the role's own account and name.
5. Where a source address can be pretended (a rehearsal), an unlisted one must be refused: a warning if it is not.

What belongs to another organization is never tried with the right external id: the refusal is then AWS's own answer to
a wrong one, which says nothing about another organization.
Source: IAM User Guide, "The confused deputy problem"; AWS STS API Reference, AssumeRole and GetCallerIdentity.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from leastway.errors import InvalidInputError
from leastway.ports import CallerIdentity, FailedCall, Guest, Guests, SessionKeys
from leastway.primitives import Arn
from leastway.registry import AccountCredentials, KeyCredentials, RoleCredentials, is_role_within
from leastway.store import AccountClaim

if TYPE_CHECKING:
    from leastway.grant import Profile
    from leastway.verify import OutgoingAddress

__all__ = ["AccountCheck", "AccountChecker", "CheckFailedError", "IdentityField", "check_prefix", "not_available"]

SESSION_NAME = "leastway-check"
_TRUST = (
    "check that the role exists, and that its trust policy names the platform's principal, demands this external id "
    "and admits the platform's addresses"
)


class CheckFailedError(InvalidInputError):
    """The credentials are not valid, or could not be checked: unknown never means valid."""


@dataclass(frozen=True, slots=True)
class IdentityField:
    """One fact about who the credentials are."""

    id: str
    description: str
    value: str


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """What a passed check found; `claims` is what the organization may claim now. `role` is None for a key."""

    identity: tuple[IdentityField, ...]
    warnings: tuple[str, ...]
    claims: tuple[AccountClaim, ...]
    role: str | None = None


@dataclass(frozen=True, slots=True)
class AccountChecker:
    """Checks accounts in `region`, as the server's own identity, whose keys `own_keys` returns."""

    platform: Profile
    region: str
    guests: Guests
    own_keys: Callable[[], SessionKeys]
    outgoing: OutgoingAddress | None = None
    pretended_address: str | None = None

    def check(self, credentials: AccountCredentials, is_free: Callable[[Iterable[AccountClaim]], bool]) -> AccountCheck:
        """Check credentials; `is_free` says whether no other organization has these claims.

        Errors: CheckFailedError, with the role and AWS's request id, and without a secret.
        """
        match credentials:
            case RoleCredentials():
                return self._check_role(credentials, is_free)
            case KeyCredentials():
                return self._check_key(credentials, is_free)
            case _:
                assert_never(credentials)

    def _check_role(self, role: RoleCredentials, is_free: Callable[[Iterable[AccountClaim]], bool]) -> AccountCheck:
        check_prefix(role, self.platform)
        own = self.guests.guest(self.own_keys(), self.region, self.pretended_address)
        self._must_be_refused(own, role.role, None, "without an external id")
        self._must_be_refused(own, role.role, _another_id(), "with a wrong external id")
        claims = _claims_of(role)
        is_ours = is_free(claims)
        session = own.assume(role.role, role.external_id if is_ours else _another_id(), SESSION_NAME)
        if isinstance(session, FailedCall):
            raise _refused(role.role, session)
        if (
            not is_ours
        ):  # the role demanded its external id when it was checked for its organization, and no longer does
            raise not_available(role.role)
        identity = self.guests.guest(session, self.region, self.pretended_address).identity()
        if isinstance(identity, FailedCall):
            raise _unchecked(f"the session of {role.role} could not be identified", identity)
        if not _is_session_of(role.arn, identity):
            what = f"AWS names another identity for the session of {role.role}: {identity.arn}"
            raise CheckFailedError(what, fix="check what is between this server and AWS")
        return AccountCheck(_fields(identity), (*self._address_warnings(), *self._unlisted(role)), claims, role.role)

    def _must_be_refused(self, own: Guest, role: str, external_id: str | None, how: str) -> None:
        answer = own.assume(role, external_id, SESSION_NAME)
        if not isinstance(answer, FailedCall):
            raise CheckFailedError(
                f"the role {role} can be assumed {how}: its trust policy does not demand the external id",
                where="credentials.aws_role",
                fix="add the condition StringEquals sts:ExternalId with this account's external id to the trust policy",
            )
        if not answer.denied:
            raise _unchecked(f"the role {role} could not be tried {how}", answer)

    def _check_key(self, key: KeyCredentials, is_free: Callable[[Iterable[AccountClaim]], bool]) -> AccountCheck:
        identity = self.guests.guest(
            SessionKeys(key.key_id, key.secret), self.region, self.pretended_address
        ).identity()
        if isinstance(identity, FailedCall):
            raise _unchecked("the access key could not be identified", identity)
        claims = (AccountClaim.of_account(identity.account),)
        if not is_free(claims):
            raise not_available(None)
        if identity.arn.endswith(":root"):
            what = f"this is a key of the root user of account {identity.account}, which nothing can limit"
            raise CheckFailedError(what, where="credentials", fix="delete it, and use the key of an IAM user")
        shown = (
            *_fields(identity),
            IdentityField("access_key_id", "Access key id, last four characters", key.key_id[-4:]),
        )
        return AccountCheck(shown, self._address_warnings(), claims)

    def _address_warnings(self) -> tuple[str, ...]:
        if self.outgoing is None:
            unknown = "the server's outgoing address is not known, so it was not compared with the platform's list"
            return (f"{unknown}: name it with --outgoing-address or --address-from",)
        if self.outgoing.is_listed:
            return ()
        return (f"{self.outgoing}: accounts that admit the listed addresses refuse it",)

    def _unlisted(self, role: RoleCredentials) -> tuple[str, ...]:
        if self.pretended_address is None:
            return ()
        from leastway.verify import unlisted_address

        unlisted = unlisted_address(self.platform.addresses)
        answer = self.guests.guest(self.own_keys(), self.region, unlisted).assume(
            role.role, role.external_id, SESSION_NAME
        )
        if isinstance(answer, FailedCall) and answer.denied:
            return ()
        if isinstance(answer, FailedCall):
            return (f"the role could not be tried from the unlisted address {unlisted}: {answer.detail}",)
        return (f"the role can be assumed from the unlisted address {unlisted}",)


_KEY = "check that the key is active, and that id and secret belong together"


def check_prefix(credentials: AccountCredentials, platform: Profile) -> None:
    """Refuse a role outside of the platform's prefix. Errors: CheckFailedError."""
    if isinstance(credentials, RoleCredentials) and not is_role_within(credentials.arn, platform.role_prefix):
        raise CheckFailedError(
            f"{credentials.role} is outside of {platform.role_prefix}*, the only roles that the platform assumes",
            where="credentials.aws_role",
            fix=f"give a role whose name, and whose path if it has one, begins with {platform.role_prefix}",
        )


def not_available(role: str | None) -> CheckFailedError:
    """Return the refusal for what belongs to another organization, of which it says nothing."""
    if role is not None:
        return _refused(role, FailedCall(True, "AccessDenied"))
    return CheckFailedError("the access key could not be identified", where="credentials", fix=_KEY)


def _claims_of(role: RoleCredentials) -> tuple[AccountClaim, ...]:
    """Return what a passed check of the role lets an organization claim."""
    return (AccountClaim.of_account(role.arn.account), AccountClaim.of_external_id(role.external_id))


def _another_id() -> str:
    return secrets.token_hex(16)


def _is_session_of(role: Arn, identity: CallerIdentity) -> bool:
    session = Arn.parse(identity.arn).resource
    return identity.account == role.account and session == f"assumed-role/{role.name}/{SESSION_NAME}"


def _refused(role: str, answer: FailedCall) -> CheckFailedError:
    if not answer.denied:
        return _unchecked(f"the role {role} could not be assumed", answer)
    return CheckFailedError(
        f"AWS refused to let the role {role} be assumed: {_told(answer)}", where="credentials", fix=_TRUST
    )


def _unchecked(what: str, answer: FailedCall) -> CheckFailedError:
    return CheckFailedError(
        f"{what}: {_told(answer)}", where="credentials", fix=f"{_KEY}; or check the account again later"
    )


def _told(answer: FailedCall) -> str:
    return f"{answer.detail} [request {answer.request_id}]" if answer.request_id else answer.detail


def _fields(identity: CallerIdentity) -> tuple[IdentityField, ...]:
    return (
        IdentityField("account", "AWS account", identity.account),
        IdentityField("arn", "ARN of the identity", identity.arn),
        IdentityField("user_id", "Unique id of the identity", identity.user_id),
    )
