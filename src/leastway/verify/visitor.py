"""Makes requests as the platform: with which keys, external id and source address, and what an answer means.

With a trust role, it assumes the access role of the account with the external id and uses that session; with an IAM
user, it uses the user's key. A source address can be chosen only in a rehearsal: on real AWS, requests come from the
machine that leastway runs on. Sessions and cluster descriptions are created once and shared between probes.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, assert_never

from leastway.errors import LeastwayError
from leastway.estate import ExternalIds, Place
from leastway.grant import Account, Grant, Identity, new_external_id
from leastway.ports import CredentialsRejectedError, FailedCall, Guest, Guests, SessionKeys, TokenExchange, TokenIssuer
from leastway.primitives import Secret
from leastway.verify.probe import ProbeAnswer, ProbeVerdict
from leastway.verify.request import (
    AssumeRoleCall,
    EksAction,
    EksCall,
    ExternalIdUse,
    IdentityCall,
    KubernetesCall,
    Origin,
    ProbeRequest,
    TokenUse,
    WebIdentityCall,
)

__all__ = ["ConnectCluster", "PlatformCaller", "PlatformVisitor", "unlisted_address"]

T = TypeVar("T")

_SESSION = "leastway-verify"
_ALLOWED = ProbeAnswer(ProbeVerdict.ALLOWED)


ConnectCluster = Callable[[SessionKeys, str | None, Place, str, str], Callable[[KubernetesCall], bool]]
"""Connects to an API server, from keys, a source address, the cluster, its endpoint and its CA in base64."""


@dataclass(frozen=True, slots=True)
class PlatformCaller:
    """The available credentials of the platform, and the source addresses that can be chosen.

    `principal` holds the keys of the platform's principal; `users` those of its IAM users, by account; `tokens` makes
    tokens of its issuer. `listed` and
    `unlisted` are source addresses, None where they cannot be chosen; `here_is_listed` says whether this machine's
    address is a listed one then.
    """

    principal: SessionKeys | None = None
    users: Mapping[str, SessionKeys] = field(default_factory=dict)
    listed: str | None = None
    unlisted: str | None = None
    here_is_listed: bool = False
    tokens: TokenIssuer | None = None

    @property
    def chooses_address(self) -> bool:
        """Whether both kinds of source address can be chosen."""
        return self.listed is not None and self.unlisted is not None

    def address(self, origin: Origin) -> str | None:
        """Return the source address, None where it cannot be chosen."""
        return self.listed if origin is Origin.LISTED else self.unlisted


class PlatformVisitor:
    """Makes each request with the platform's credentials; errors become answers.

    `endpoints` are API servers with their CA, so that the platform does not have to describe these clusters first: a
    cluster accepts the token of a user from every source address.
    """

    def __init__(
        self,
        grant: Grant,
        caller: PlatformCaller,
        external_ids: ExternalIds,
        guests: Guests,
        connect: ConnectCluster,
        endpoints: Mapping[Place, tuple[str, str]] | None = None,
        exchange: TokenExchange | None = None,
    ) -> None:
        self._tokens_for_keys = exchange
        self._endpoints = endpoints or {}
        self._grant = grant
        self._caller = caller
        self._external_ids = external_ids
        self._wrong_external_id = new_external_id()
        self._guests = guests
        self._connect = connect
        self._shared: dict[object, object] = {}
        self._lock = threading.RLock()

    def ask(self, request: ProbeRequest) -> ProbeAnswer:
        """Make the request; a refusal, a skip and a failure are answers."""
        if isinstance(request, AssumeRoleCall | EksCall | WebIdentityCall) and (
            reason := self._unreachable(request.origin)
        ):
            return ProbeAnswer(ProbeVerdict.SKIPPED, reason)
        try:
            match request:
                case AssumeRoleCall():
                    return self._assume(request)
                case WebIdentityCall():
                    return self._exchange(request)
                case EksCall():
                    return self._call_eks(request)
                case KubernetesCall():
                    return self._ask_cluster(request)
                case IdentityCall():
                    keys = self._user(request.account)
                    return _answer(self._guest(keys, self._region(request.account), Origin.LISTED).identity())
                case _:
                    assert_never(request)
        except _NoAccessError as stopped:
            return stopped.answer
        except LeastwayError as error:
            return ProbeAnswer(ProbeVerdict.UNKNOWN, str(error), isinstance(error, CredentialsRejectedError))

    def _unreachable(self, origin: Origin) -> str:
        if not self._grant.platform.addresses:
            return ""
        if self._caller.chooses_address or (origin is Origin.LISTED) is self._caller.here_is_listed:
            return ""
        return f"leastway does not run at {origin.value}, and the source address cannot be chosen on real AWS"

    def _assume(self, request: AssumeRoleCall) -> ProbeAnswer:
        external_id = self._presented(request)
        guest = self._guest(self._assumer(request.account), self._region(request.account), request.origin)
        return _answer(guest.assume(request.role_arn, external_id, _SESSION))

    def _exchange(self, request: WebIdentityCall) -> ProbeAnswer:
        oidc = self._grant.platform.oidc
        if oidc is None:
            raise LeastwayError("the platform has no issuer of tokens", where=self._grant.platform.name)
        other = request.use is TokenUse.OTHER_AUDIENCE
        audience = f"{oidc.audience}.leastway-verify" if other else oidc.audience
        token = self._tokens().token(request.subject, audience, forged=request.use is TokenUse.FORGED)
        region, address = self._region(request.account), self._caller.address(request.origin)
        return _answer(self._exchanged(request.role_arn, token, region, address))

    def _exchanged(self, role_arn: str, token: Secret, region: str, address: str | None) -> SessionKeys | FailedCall:
        if self._tokens_for_keys is None:
            raise LeastwayError("tokens cannot be exchanged here", where=role_arn)
        return self._tokens_for_keys.exchange(role_arn, token, _SESSION, region, address)

    def _tokens(self) -> TokenIssuer:
        if self._caller.tokens is None:
            why = "only the platform's issuer signs tokens; run a rehearsal"
            raise _NoAccessError(ProbeAnswer(ProbeVerdict.SKIPPED, why))
        return self._caller.tokens

    def _presented(self, request: AssumeRoleCall) -> str | None:
        accepted = self._external_ids.of(request.account, request.role_arn.rpartition("/")[2]).accepted
        match request.external_id:
            case ExternalIdUse.RIGHT:
                return accepted[request.number]
            case ExternalIdUse.WRONG:
                return self._wrong_external_id
            case ExternalIdUse.NONE:
                return None
            case _:
                assert_never(request.external_id)

    def _call_eks(self, request: EksCall) -> ProbeAnswer:
        guest = self._guest(self._credentials(request.place.account), request.place.region, request.origin)
        match request.action:
            case EksAction.DESCRIBE:
                return _answer(guest.describe_cluster(request.place.cluster))
            case EksAction.NODEGROUPS:
                return _answer(guest.describe_nodegroups(request.place.cluster))
            case EksAction.LIST:
                return _answer(guest.list_clusters())
            case EksAction.DELETE:
                return _answer(guest.delete_cluster(request.place.cluster))
            case _:
                assert_never(request.action)

    def _ask_cluster(self, request: KubernetesCall) -> ProbeAnswer:
        place = request.place
        asks = self._once(("cluster", place), lambda: self._cluster(place))
        if asks(request):
            return _ALLOWED
        return ProbeAnswer(ProbeVerdict.DENIED, "the API server denies it")

    def _cluster(self, place: Place) -> Callable[[KubernetesCall], bool]:
        known = self._endpoints.get(place)
        if known is None and (reason := self._unreachable(Origin.LISTED)):
            raise _NoAccessError(ProbeAnswer(ProbeVerdict.SKIPPED, reason))
        keys = self._credentials(place.account)
        described = known or self._guest(keys, place.region, Origin.LISTED).describe_cluster(place.cluster)
        if isinstance(described, FailedCall):
            raise _NoAccessError(
                ProbeAnswer(ProbeVerdict.UNKNOWN, f"the cluster cannot be described: {described.detail}")
            )
        return self._connect(keys, self._caller.address(Origin.LISTED), place, *described)

    def _credentials(self, account: str) -> SessionKeys:
        """Return the keys that the platform uses in the account."""
        if self._grant.identity is Identity.IAM_USER:
            return self._user(account)
        return self._once(("session", account), lambda: self._session(account))

    def _session(self, account: str) -> SessionKeys:
        if reason := self._unreachable(Origin.LISTED):
            raise _NoAccessError(ProbeAnswer(ProbeVerdict.SKIPPED, f"the access role cannot be assumed: {reason}"))
        here = self._account(account)
        role = self._grant.platform.access_role(here.id)
        arn = f"arn:{here.partition}:iam::{here.id}:role/{role}"
        oidc = self._grant.platform.oidc
        if oidc is not None:
            token = self._tokens().token(oidc.example(self._grant.subjects[0]), oidc.audience)
            made = self._exchanged(arn, token, here.region, self._caller.address(Origin.LISTED))
        else:
            guest = self._guest(self._principal(), here.region, Origin.LISTED)
            made = guest.assume(arn, self._external_ids.of(account, role).current, _SESSION)
        if isinstance(made, FailedCall):
            raise _NoAccessError(ProbeAnswer(ProbeVerdict.UNKNOWN, f"the access role cannot be assumed: {made.detail}"))
        return made

    def _assumer(self, account: str) -> SessionKeys:
        return self._user(account) if self._grant.identity is Identity.IAM_USER else self._principal()

    def _principal(self) -> SessionKeys:
        if self._caller.principal is None:
            why = "only the platform has its credentials; run a rehearsal, or give a profile with --platform-profile"
            raise _NoAccessError(ProbeAnswer(ProbeVerdict.SKIPPED, why))
        return self._caller.principal

    def _user(self, account: str) -> SessionKeys:
        if account not in self._caller.users:
            why = "the key of the platform's user is not available; give its folder with --keys-from"
            raise _NoAccessError(ProbeAnswer(ProbeVerdict.SKIPPED, why))
        return self._caller.users[account]

    def _region(self, account: str) -> str:
        return self._account(account).region

    def _account(self, account: str) -> Account:
        return next(one for one in self._grant.accounts if one.id == account)

    def _guest(self, keys: SessionKeys, region: str, origin: Origin) -> Guest:
        return self._guests.guest(keys, region, self._caller.address(origin))

    def _once(self, key: object, make: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._shared:
                self._shared[key] = make()
            return self._shared[key]  # type: ignore[return-value]  # the key determines the type


class _NoAccessError(Exception):
    """The request cannot be made; `answer` says why."""

    def __init__(self, answer: ProbeAnswer) -> None:
        super().__init__(answer.detail)
        self.answer = answer


def _answer(result: object) -> ProbeAnswer:
    if isinstance(result, FailedCall):
        verdict = ProbeVerdict.DENIED if result.denied else ProbeVerdict.UNKNOWN
        return ProbeAnswer(verdict, result.detail, result.rejected)
    return _ALLOWED


def unlisted_address(listed: tuple[str, ...]) -> str:
    """Return an address of the documentation ranges (RFC 5737) that is in no CIDR of `listed`."""
    networks = [ipaddress.ip_network(cidr) for cidr in listed]
    return next(
        str(address)
        for block in ("198.51.100.0/24", "203.0.113.0/24")
        for address in ipaddress.ip_network(block).hosts()
        if not any(address in network for network in networks)
    )
