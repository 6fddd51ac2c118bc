"""The main function of a run in its own process.

Importing it loads leastway and the models of the AWS services. The fork server does this once; each run then has them,
and no state of earlier runs.
"""

from __future__ import annotations

import gc
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import boto3  # noqa: F401  # loaded once, in the fork server
import ruamel.yaml  # noqa: F401
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
from leastway.verify import PlatformCaller
from tests.integration.life.world import QUICK, Step, lead_to, say

for service in ("iam", "eks", "sts"):
    LendingSession().client(service, "us-east-1", Credentials("nobody", "nothing"))
gc.freeze()  # garbage collections of a run skip what all runs share


def run(pipe: Connection, step: Step, path: Path, state: Path, environment: dict[str, str]) -> None:
    """Wait for the start signal, run the step, and exit with 0 if it was complete (`plan`: if it is empty)."""
    lead_to(environment)
    pipe.recv()
    try:
        with opened(path, settings=Settings(state, state / "leastway.db"), convergence=QUICK) as open_grant:
            if step == "offboard":
                complete = offboard(open_grant, plan_offboarding(open_grant)).is_complete
            elif step == "revoke":
                plan = plan_revocation(open_grant)
                complete = revoke(open_grant, plan, revocation_visitor(open_grant, plan, PlatformCaller())).is_complete
            elif step == "restore":
                complete = restore(open_grant, plan_restore(open_grant)).is_complete
            else:
                planned = make_plan(open_grant, finish=step == "finish")
                complete = planned.plan.is_clean if step == "plan" else apply_plan(open_grant, planned).is_complete
    except BaseException as error:
        say(pipe, error)
        raise
    pipe.send("")
    sys.exit(0 if complete else 1)
