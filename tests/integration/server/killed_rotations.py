"""A process that accepts a new key of an account and kills itself after a durable step of what follows."""

from __future__ import annotations

import time
from datetime import timedelta

from leastway.primitives import Secret
from leastway.service import ServerSettings, accounts, key_rotation
from tests.forked import PROCESSES
from tests.integration.server.killed_changes import caller_of, opened
from tests.integration.server.killed_steps import kill_after_step

__all__ = ["NEW", "OLD", "STEPS", "begun_and_killed"]

OLD = {"aws_access_key_id": "AKIA" + "QWERTYUIOPASDOLD", "aws_secret_access_key": "o" * 40}
NEW = {"aws_access_key_id": "AKIA" + "QWERTYUIOPASDNEW", "aws_secret_access_key": "n" * 40}
STEPS = 5
"""The steps of a rotation with two places: list, change each, wait, forget."""


def begun_and_killed(settings: ServerSettings, token: str, step: int) -> int | None:
    """Give the account a new key in another process, which is killed after that step, and return how it ended."""
    process = PROCESSES.Process(target=_begin, args=(settings, token, step))
    process.start()
    process.join(60)
    return process.exitcode


def _begin(settings: ServerSettings, token: str, step: int) -> None:
    key_rotation.SOAK = timedelta(0)  # type: ignore[misc]
    kill_after_step(step)
    with opened(settings) as (server, _):
        server.work.engine.get()._executors = None  # it begins its work itself, and puts it into no queue
        accounts.update_account(server, caller_of(server, Secret(token)), "acme", "aws-main", credentials=dict(NEW))
        time.sleep(30)
