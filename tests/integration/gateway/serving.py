"""A gateway as the work of another process, whose memory is only its own."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from leastway.gateway.proxy import Outside
from tests.integration.gateway.world import ACCOUNT, gateway
from tests.unit.gateway.terms import issued

__all__ = ["serve"]


def serve(outside: Outside, folder: Path, pipe: Connection) -> None:
    """Tell the port, the CA and the keys through the pipe, and serve until something comes back."""
    with gateway(folder, issue=issued, outside=outside, role=f"arn:aws:iam::{ACCOUNT}:role/deploy") as made:
        keys = made.first.keys
        token = None if keys.token is None else keys.token.reveal()
        pipe.send((made.port, made.ca.pem, (keys.key_id, keys.secret.reveal(), token)))
        pipe.recv()
