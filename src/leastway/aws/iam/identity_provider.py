"""OpenID Connect providers of one account.

IAM keys them by the address of their issuer. They have no unique id, so the time of creation identifies one: a provider
that was deleted and created again is another one (IAM API Reference, GetOpenIDConnectProvider).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from leastway.aws.errors import already_gone
from leastway.aws.iam.kind import Head
from leastway.aws.iam.ours import check_mark
from leastway.aws.iam.paging import every
from leastway.aws.tags import owner_of, tag_dict, tag_list
from leastway.errors import LeastwayError
from leastway.estate import IdentityProvider, Mark, Observed, Use, mark_tags
from leastway.primitives import Arn

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

__all__ = ["IdentityProviders"]

_BEFORE_THE_HOST = ":oidc-provider/"


class IdentityProviders:
    """The OpenID Connect providers of one account; `roles` returns what ListRoles listed last, by name."""

    def __init__(self, iam: IAMClient, account: str, roles: Callable[[], Mapping[str, Mapping[str, Any]]]) -> None:
        self._iam = iam
        self._account = account
        self._roles = roles

    def listed(self) -> Mapping[str, str]:
        """Return the ARN of each provider, by host; IAM has no pages for them, and at most 100 by default."""
        found = self._iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        return {entry["Arn"].partition(_BEFORE_THE_HOST)[2]: entry["Arn"] for entry in found}

    def reference(self, wanted: IdentityProvider) -> str:
        """Return the provider's ARN."""
        return wanted.arn

    def head(self, reference: str) -> Head | None:
        """Read the provider."""
        try:
            answer = self._iam.get_open_id_connect_provider(OpenIDConnectProviderArn=reference)
        except self._iam.exceptions.NoSuchEntityException:
            return None
        host = answer["Url"].removeprefix("https://")
        made = answer["CreateDate"].isoformat()
        return Head(host, made, tag_dict(answer.get("Tags", ())), {**answer, "Arn": reference})

    def observed(self, head: Head) -> Observed:
        """Return the provider of an answer, which is complete."""
        live = IdentityProvider(
            self._account,
            head.name,
            frozenset(head.answer["ClientIDList"]),
            Arn.parse(head.answer["Arn"]).partition,
        )
        return Observed(live, head.mark, owner_of(head.tags), head.unique_id)

    def used_by(self, head: Head, *, wanted: bool) -> tuple[Use, ...]:
        """Read which roles trust the provider, which matters only when it is to be deleted."""
        return () if wanted else tuple(Use("role", name) for name in _trusting(self._roles(), head.answer["Arn"]))

    def create(self, wanted: IdentityProvider, mark: Mark) -> None:
        """Create the provider with its mark, without thumbprints."""
        self._iam.create_open_id_connect_provider(
            Url=wanted.url, ClientIDList=sorted(wanted.audiences), Tags=tag_list(mark_tags(mark))
        )

    def update(self, live: IdentityProvider, wanted: IdentityProvider, old: Mark | None, mark: Mark) -> None:
        """Mark the provider, then add the audiences that it lacks; none is ever removed."""
        if old != mark:
            self._iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=live.arn, Tags=tag_list(mark_tags(mark)))
        for audience in sorted(wanted.audiences - live.audiences):
            self._iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=live.arn, ClientID=audience)

    def delete(self, live: IdentityProvider, mark: Mark | None) -> None:
        """Delete the provider, unless a role still trusts it."""
        current = self.head(live.arn)
        if current is None:
            return
        check_mark(current, mark, live.address)
        roles = {role["RoleName"]: role for role in every(self._iam, "list_roles", "Roles")}
        if users := list(_trusting(roles, live.arn)):
            raise LeastwayError(
                f"it is still used by {', '.join(f'role {name}' for name in users)}",
                where=str(live.address),
                fix="remove it from their trust policies, then run the same command again",
            )
        with already_gone():
            self._iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=live.arn)


def _trusting(roles: Mapping[str, Mapping[str, Any]], arn: str) -> Iterator[str]:
    """Yield the names of the roles whose trust policies contain the ARN."""
    for name, role in sorted(roles.items()):
        trust = role.get("AssumeRolePolicyDocument", "")
        if json.dumps(arn) in (trust if isinstance(trust, str) else json.dumps(trust)):
            yield name
