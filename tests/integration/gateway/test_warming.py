"""A run's first calls find in memory what naming and deciding them needs: a fork reads no file for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
FIRST_CALLS = """
import os, sys

from leastway.gateway import MemoryAuthority
from leastway.gateway.certificates import RunCa
from leastway.gateway.judging import Forwarded
from leastway.gateway.proxy import Outside
from leastway.gateway.proxy.upstream import tls_context
from leastway.gateway.supervisor import warming
from leastway.gateway.supervisor.opening import open_gateway
from leastway.gateway.switch import RunSwitch
from tests.unit.aws.calls.clients import SESSION, caught
from tests.unit.gateway.terms import ROLE, issued, terms

opened = []
sys.addaudithook(lambda event, arguments: event == "open" and opened.append(arguments[0]))

calls = {
    "s3": ("GetObject", {"Bucket": "shop", "Key": "a"}),
    "iam": ("GetRole", {"RoleName": "deploy"}),
    "ec2": ("DescribeVpcs", {}),
    "sqs": ("CreateQueue", {"QueueName": "orders"}),
}
judge, _ = open_gateway(terms(role=ROLE), MemoryAuthority(issued), RunSwitch(), RunCa("run"), Outside())
keys = judge.surrogates.first.keys
SESSION.set_credentials(keys.key_id, keys.secret.reveal(), keys.token and keys.token.reveal())
requests = [caught(service, operation, inputs) for service, (operation, inputs) in calls.items()]

if "warm" in sys.argv:
    warming.warm_up()
    for read in warming.later("eu-central-1"):
        read()
pid = os.fork()
if pid:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
opened.clear()
ca = RunCa("run")
judge.hosts_for(requests[0].host)
judged = [judge.judge(request) for request in requests]
ca.context(requests[0].host)
tls_context(None)
assert all(isinstance(one, Forwarded) for one in judged), judged
print(*[one for one in opened if isinstance(one, str) and not one.startswith("/proc/self/fd/")], sep="\\n")
sys.stdout.flush()
os._exit(0)
"""


def opened_by_the_first_calls(*arguments: str) -> list[str]:
    command = [sys.executable, "-c", FIRST_CALLS, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_first_calls_of_a_run_read_no_file() -> None:
    assert opened_by_the_first_calls("warm") == []
    assert any("service-2" in one for one in opened_by_the_first_calls())
