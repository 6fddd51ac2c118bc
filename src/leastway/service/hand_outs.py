"""Temporary credentials and tokens for clusters, and the list of sessions."""

from __future__ import annotations

from leastway.broker import Asked, HandOut
from leastway.ports import EksToken
from leastway.service.caller import Caller
from leastway.service.server import Server
from leastway.sessions import Session
from leastway.tenants import Permission

__all__ = ["hand_out", "hand_out_eks_token", "read_sessions"]


async def hand_out(server: Server, caller: Caller, asked: Asked, generation: int) -> HandOut:
    """Return temporary credentials of an account. Errors as `Broker.hand_out_soon`; NotFoundError, ForbiddenError."""
    caller.need(Permission.HAND_OUT, asked.organization, account=asked.account)
    return await server.brokerage.broker.hand_out_soon(asked, caller.entry, generation)


def hand_out_eks_token(
    server: Server, caller: Caller, asked: Asked, generation: int, *, cluster: str, region: str
) -> EksToken:
    """Return a token for a cluster. Errors as `hand_out`."""
    caller.need(Permission.HAND_OUT, asked.organization, account=asked.account)
    broker = server.brokerage.broker
    return broker.eks_token(asked, caller.entry, cluster=cluster, region=region, generation=generation)


def read_sessions(server: Server, caller: Caller, organization: str) -> tuple[Session, ...]:
    """Return the sessions of the organization that have not expired, the newest first."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return transaction.sessions.of(organization, transaction.now)
