"""The platform, coming in for real: assume roles, call EKS, ask API servers.

With a trust role it assumes the access role of the account with the external id, then works as that session; with an
IAM user it works with the user's key. Sessions and cluster descriptions are made once and shared between probes.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from typing import TypeVar, assert_never

from leastway.app.platform import Platform
from leastway.aws import FailedCall, Guest, Guests, SessionKeys
from leastway.compiler import principal_arn
from leastway.errors import LeastwayError
from leastway.estate import ExternalIds, Place
from leastway.grant import Account, Grant, Identity, new_external_id
from leastway.kube import Connection, can
from leastway.verify import (
    AssumeRoleCall,
    EksAction,
    EksCall,
    ExternalIdUse,
    KubernetesCall,
    Origin,
    ProbeAnswer,
    ProbeRequest,
    ProbeVerdict,
)

__all__ = ["PlatformVisitor"]

T = TypeVar("T")

_SESSION = "leastway-verify"
_ALLOWED = ProbeAnswer(ProbeVerdict.ALLOWED)


class PlatformVisitor:
    """Makes each request with the platform's credentials, and never raises."""

    def __init__(self, grant: Grant, platform: Platform, external_ids: ExternalIds) -> None:
        self._grant = grant
        self._platform = platform
        self._external_ids = external_ids
        self._wrong_external_id = new_external_id()
        self._guests = Guests()
        self._shared: dict[object, object] = {}
        self._lock = threading.RLock()

    def ask(self, request: ProbeRequest) -> ProbeAnswer:
        """Make the request; a refusal, a skip and a failure are answers too."""
        if isinstance(request, AssumeRoleCall | EksCall) and (reason := self._unreachable(request.origin)):
            return ProbeAnswer(ProbeVerdict.SKIPPED, reason)
        try:
            match request:
                case AssumeRoleCall():
                    return self._assume(request)
                case EksCall():
                    return self._call_eks(request)
                case KubernetesCall():
                    return self._ask_cluster(request)
                case _:
                    assert_never(request)
        except _CannotComeInError as stopped:
            return stopped.answer
        except LeastwayError as error:
            return ProbeAnswer(ProbeVerdict.UNKNOWN, str(error))

    def _unreachable(self, origin: Origin) -> str:
        if self._platform.chooses_address or (origin is Origin.LISTED) is self._platform.here_is_listed:
            return ""
        return f"leastway does not run at {origin.value}, and addresses cannot be chosen on real AWS"

    def _assume(self, request: AssumeRoleCall) -> ProbeAnswer:
        external_id = self._presented(request)
        guest = self._guest(self._assumer(request.account), self._region(request.account), request.origin)
        return _answer(guest.assume(request.role_arn, external_id, _SESSION))

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
        connection = self._once(("connection", place), lambda: self._connect(place))
        what = (request.verb, request.group, request.resource, request.namespace)
        if can(connection, *what, name=request.name):
            return _ALLOWED
        return ProbeAnswer(ProbeVerdict.DENIED, "the API server says no")

    def _connect(self, place: Place) -> Connection:
        if reason := self._unreachable(Origin.LISTED):
            raise _CannotComeInError(ProbeAnswer(ProbeVerdict.SKIPPED, reason))
        guest = self._guest(self._credentials(place.account), place.region, Origin.LISTED)
        described = guest.describe_cluster(place.cluster)
        if isinstance(described, FailedCall):
            raise _CannotComeInError(
                ProbeAnswer(ProbeVerdict.UNKNOWN, f"the cluster cannot be described: {described.detail}")
            )
        endpoint, authority = described
        return Connection(endpoint, authority, lambda: guest.token(place.cluster), where=str(place))

    def _credentials(self, account: str) -> SessionKeys:
        """Return what the platform works with inside of the account."""
        if self._grant.identity is Identity.IAM_USER:
            return self._user(account)
        return self._once(("session", account), lambda: self._session(account))

    def _session(self, account: str) -> SessionKeys:
        if reason := self._unreachable(Origin.LISTED):
            raise _CannotComeInError(ProbeAnswer(ProbeVerdict.SKIPPED, f"the access role cannot be assumed: {reason}"))
        arn = principal_arn(self._grant, self._account(account))
        guest = self._guest(self._principal(), self._region(account), Origin.LISTED)
        made = guest.assume(str(arn), self._external_ids.of(account, arn.name).told, _SESSION)
        if isinstance(made, FailedCall):
            raise _CannotComeInError(
                ProbeAnswer(ProbeVerdict.UNKNOWN, f"the access role cannot be assumed: {made.detail}")
            )
        return made

    def _assumer(self, account: str) -> SessionKeys:
        return self._user(account) if self._grant.identity is Identity.IAM_USER else self._principal()

    def _principal(self) -> SessionKeys:
        if self._platform.principal is None:
            why = "only the platform holds its credentials; rehearse, or lend them with --platform-profile"
            raise _CannotComeInError(ProbeAnswer(ProbeVerdict.SKIPPED, why))
        return self._platform.principal

    def _user(self, account: str) -> SessionKeys:
        if account not in self._platform.users:
            why = "the key of the platform's user is not at hand; name its folder with --keys-from"
            raise _CannotComeInError(ProbeAnswer(ProbeVerdict.SKIPPED, why))
        return self._platform.users[account]

    def _region(self, account: str) -> str:
        return self._account(account).region

    def _account(self, account: str) -> Account:
        return next(one for one in self._grant.accounts if one.id == account)

    def _guest(self, keys: SessionKeys, region: str, origin: Origin) -> Guest:
        address = self._platform.listed if origin is Origin.LISTED else self._platform.unlisted
        return self._guests.guest(keys, region, address)

    def _once(self, key: object, make: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._shared:
                self._shared[key] = make()
            return self._shared[key]  # type: ignore[return-value]  # the key tells the type


class _CannotComeInError(Exception):
    """The request cannot even be made; `answer` says why."""

    def __init__(self, answer: ProbeAnswer) -> None:
        super().__init__(answer.detail)
        self.answer = answer


def _answer(result: object) -> ProbeAnswer:
    if isinstance(result, FailedCall):
        return ProbeAnswer(ProbeVerdict.DENIED if result.denied else ProbeVerdict.UNKNOWN, result.detail)
    return _ALLOWED


def unlisted_address(listed: tuple[str, ...]) -> str:
    """Return an address of the documentation's ranges (RFC 5737) that no CIDR of `listed` holds."""
    networks = [ipaddress.ip_network(cidr) for cidr in listed]
    return next(
        str(address)
        for block in ("198.51.100.0/24", "203.0.113.0/24")
        for address in ipaddress.ip_network(block).hosts()
        if not any(address in network for network in networks)
    )
