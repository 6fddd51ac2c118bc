"""Verify a grant: use the access as the platform would, and compare the results with the grant.

With a trust role, only the platform can use the access, unless it lends an AWS profile of its principal; a rehearsal
tries all of it. With an IAM user, whoever holds the user's key can use the access.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.app.progress import Progress, Silent
from leastway.aws import Guests, ambient_keys, outgoing_address
from leastway.custody import read_cluster_credentials
from leastway.estate import ExternalIds, Place
from leastway.grant import Identity
from leastway.kube import Connection, can
from leastway.ports import SessionKeys
from leastway.verify import (
    ConnectCluster,
    Engineer,
    KubernetesCall,
    Neighbours,
    OutgoingAddress,
    PlatformCaller,
    PlatformVisitor,
    ProbeVerdict,
    Verified,
    probes,
    run,
    unlisted_address,
    with_weaker_evidence,
)

__all__ = ["caller_of", "platform_visitor", "verify_grant", "where_we_are"]


def verify_grant(
    open_grant: OpenGrant,
    planned: Planned,
    caller: PlatformCaller,
    *,
    neighbours: Neighbours | None = None,
    progress: Progress | None = None,
) -> tuple[Verified, ...]:
    """Make every probe of the grant as `caller`, with the external ids of `planned`."""
    report = progress or Silent()
    asked = probes(open_grant.scope.requested(open_grant.grant), neighbours, planned.external_ids)
    report.phase("checking the access as the platform", len(asked))
    visitor = platform_visitor(open_grant, caller, planned.external_ids)
    workers = open_grant.workers.accounts
    answers = run(asked, visitor, workers=workers, on_answer=lambda answer: report.step(answer.probe.asked))
    engineer = _engineer(open_grant, planned)
    untried = sum(answer.got.verdict is ProbeVerdict.SKIPPED for answer in answers)
    if engineer is None or not untried:
        return answers
    report.phase("asking IAM and the clusters about what could not be tried", untried)
    return with_weaker_evidence(answers, engineer, workers=workers, on_answer=lambda one: report.step(one.probe.asked))


def _engineer(open_grant: OpenGrant, planned: Planned) -> Engineer | None:
    if open_grant.engineer is None:
        return None
    seen, addresses = planned.observation, open_grant.grant.platform.addresses
    return Engineer(
        open_grant.grant,
        tuple(one.object for one in seen.objects.values()),
        (*seen.unreadable, *planned.plan.unreadable),
        open_grant.engineer.simulate,
        open_grant.engineer.review,
        unlisted_address(addresses) if addresses else "",
    )


def platform_visitor(
    open_grant: OpenGrant,
    caller: PlatformCaller,
    external_ids: ExternalIds,
    endpoints: Mapping[Place, tuple[str, str]] | None = None,
) -> PlatformVisitor:
    """Return who makes requests as the platform; its sessions and cluster tokens are shared by all requests."""
    guests = Guests()
    return PlatformVisitor(open_grant.grant, caller, external_ids, guests, _connects(guests), endpoints, guests)


def caller_of(open_grant: OpenGrant, *, profile: str | None = None, here_is_listed: bool = False) -> PlatformCaller:
    """Return the available credentials of the platform: a lent `profile`, and the keys of its users."""
    return PlatformCaller(
        principal=ambient_keys(profile) if profile is not None else None,
        users=_user_keys(open_grant),
        here_is_listed=here_is_listed,
    )


def where_we_are(open_grant: OpenGrant, echo: str) -> OutgoingAddress:
    """Ask the echo service at the URL `echo`, and compare its answer with the platform's addresses.

    Errors: LeastwayError if it does not answer with an address.
    """
    return OutgoingAddress.of(outgoing_address(echo), open_grant.grant.platform)


def _user_keys(open_grant: OpenGrant) -> dict[str, SessionKeys]:
    if open_grant.grant.identity is not Identity.IAM_USER:
        return {}
    user = open_grant.grant.platform.user_name
    having = [account.id for account in open_grant.grant.accounts if open_grant.keys.has(account.id, user)]
    return {account: SessionKeys(*read_cluster_credentials(open_grant.keys.path(account, user))) for account in having}


def _connects(guests: Guests) -> ConnectCluster:
    def connect(
        keys: SessionKeys, address: str | None, place: Place, endpoint: str, authority: str
    ) -> Callable[[KubernetesCall], bool]:
        guest = guests.guest(keys, place.region, address)
        connection = Connection(endpoint, authority, lambda: guest.token(place.cluster), where=str(place))
        return lambda call: can(connection, call.verb, call.group, call.resource, call.namespace, name=call.name)

    return connect
