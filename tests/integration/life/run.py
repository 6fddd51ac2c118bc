"""The main function of a run in its own process.

Importing it loads leastway and the models of the AWS services. The fork server does this once; each run then has them,
and no state of earlier runs.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import ruamel.yaml  # noqa: F401  # loaded once, in the fork server
import sqlalchemy.dialects.sqlite  # noqa: F401
import urllib3  # noqa: F401
from botocore.credentials import Credentials

from leastway.app.apply import apply_plan
from leastway.app.offboard import offboard, plan_offboarding
from leastway.app.plan import make_plan
from leastway.app.restore import plan_restore, restore
from leastway.app.revocation_plan import plan_revocation, revocation_visitor
from leastway.app.revoke import revoke
from leastway.app.settings import Settings
from leastway.app.wiring import opened
from leastway.aws.session import LendingSession
from leastway.grant import bundled_profiles
from leastway.verify import PlatformCaller
from tests.integration.life.world import QUICK, Step, lead_to, say

bundled_profiles()
for service in ("iam", "eks", "sts"):
    LendingSession().client(service, "us-east-1", Credentials("nobody", "nothing"))
gc.freeze()  # garbage collections of a run skip what all runs share


def run(pipe: Connection, steps: Sequence[Step], path: Path, state: Path, environment: dict[str, str]) -> None:
    """Wait for the start signal, run the steps, and exit with 0 if each was complete (`plan`: if it is empty).

    Each step opens the grant again, as a command does.
    """
    lead_to(environment)
    pipe.recv()
    try:
        incomplete = next((step for step in steps if not _is_complete(step, path, state)), None)
    except BaseException as error:
        say(pipe, error)
        raise
    pipe.send("" if incomplete is None else f"{incomplete} is not complete")
    sys.exit(0 if incomplete is None else 1)


def _is_complete(step: Step, path: Path, state: Path) -> bool:
    with opened(path, settings=Settings(state, state / "leastway.db"), convergence=QUICK) as open_grant:
        if step == "offboard":
            return offboard(open_grant, plan_offboarding(open_grant)).is_complete
        if step == "revoke":
            plan = plan_revocation(open_grant)
            return revoke(open_grant, plan, revocation_visitor(open_grant, plan, PlatformCaller())).is_complete
        if step == "restore":
            return restore(open_grant, plan_restore(open_grant)).is_complete
        planned = make_plan(open_grant, finish=step == "finish")
        return planned.plan.is_clean if step == "plan" else apply_plan(open_grant, planned).is_complete
