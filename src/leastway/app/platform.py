"""Whoever comes in as the platform: its credentials, and the addresses that it may claim.

With a trust role only the platform itself can come in; a customer can lend leastway a profile of its own that the
role trusts for a time, or rehearse. With an IAM user, whoever holds the user's key can. A source address can be
claimed in a rehearsal only: against real AWS leastway asks from where it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leastway.app.open_grant import OpenGrant
from leastway.aws import SessionKeys, ambient_keys
from leastway.custody import read_cluster_credentials
from leastway.grant import Identity

__all__ = ["Platform", "platform_of"]


@dataclass(frozen=True, slots=True)
class Platform:
    """Keys at hand.

    `principal` is the platform's own; `users` are the keys of its IAM users, by account. `listed` and `unlisted` are
    addresses to come from, None where they cannot be chosen; `here_is_listed` says where leastway runs then.
    """

    principal: SessionKeys | None = None
    users: Mapping[str, SessionKeys] = field(default_factory=dict)
    listed: str | None = None
    unlisted: str | None = None
    here_is_listed: bool = False

    @property
    def chooses_address(self) -> bool:
        """Whether both kinds of address can be claimed."""
        return self.listed is not None and self.unlisted is not None


def platform_of(work: OpenGrant, *, profile: str | None = None, here_is_listed: bool = False) -> Platform:
    """Return what is at hand of the platform: a lent `profile`, and the keys of its users where they lie as files."""
    return Platform(
        principal=ambient_keys(profile) if profile is not None else None,
        users=_user_keys(work),
        here_is_listed=here_is_listed,
    )


def _user_keys(work: OpenGrant) -> dict[str, SessionKeys]:
    if work.grant.identity is not Identity.IAM_USER:
        return {}
    user = work.grant.platform.user_name
    having = [account.id for account in work.grant.accounts if work.keys.has(account.id, user)]
    return {account: SessionKeys(*read_cluster_credentials(work.keys.path(account, user))) for account in having}
