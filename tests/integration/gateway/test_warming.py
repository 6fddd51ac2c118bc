"""What a supervisor needs for its begin and its first calls is in memory: a fork reads no file and compiles nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
FORK = """
import os, sys
from pathlib import Path

from leastway.gateway import MemoryAuthority, SessionAsk
from leastway.gateway.certificates import RunCa
from leastway.gateway.control import from_wire, to_wire
from leastway.gateway.judging import Forwarded
from leastway.gateway.proxy import Endpoint, Outside
from leastway.gateway.proxy.upstream import tls_context
from leastway.gateway.supervisor import Command, SupervisorStart, warming
from leastway.gateway.supervisor.opening import open_gateway
from leastway.gateway.switch import RunSwitch
from leastway.isolation import Host, Sandbox
from leastway.primitives import Secret
from tests.unit.aws.calls.clients import SESSION, caught
from tests.unit.gateway.terms import ROLE, issued, terms

seen = []
sys.addaudithook(lambda event, arguments: event in ("open", "import", "compile") and seen.append(arguments[0]))

calls = {
    "s3": ("GetObject", {"Bucket": "shop", "Key": "a"}),
    "iam": ("GetRole", {"RoleName": "deploy"}),
    "ec2": ("DescribeVpcs", {}),
    "sqs": ("CreateQueue", {"QueueName": "orders"}),
}
host, outside = Host(bubblewrap=Path("/usr/bin/bwrap"), user=None), Outside({"*": Endpoint("::1", 1)})
start = SupervisorStart(Path("socket"), "run", Secret("token"), host, outside)
command = Command(name="plan", phase="plan", sandbox=Sandbox(command=("/bin/true",), folder=Path("/")))
messages = [(type(one), to_wire(one)) for one in (start, command, terms(), issued(SessionAsk(None, "eu-central-1")))]
judge, _ = open_gateway(terms(role=ROLE), MemoryAuthority(issued), RunSwitch(), RunCa("run"), Outside(), learn=list)
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
seen.clear()
for kind, message in messages:
    from_wire(kind, message)
ca = RunCa("run")
judge.hosts_for(requests[0].host)
judged = [judge.judge(request) for request in requests]
ca.context(requests[0].host)
tls_context(None)
assert all(isinstance(one, Forwarded) for one in judged), judged
"abc".encode("ascii")
print(*[one for one in seen if not isinstance(one, int) and not str(one).startswith("/proc/self/fd/")], sep="\\n")
sys.stdout.flush()
os._exit(0)
"""


def read_by_a_fork(*arguments: str) -> list[str]:
    command = [sys.executable, "-c", FORK, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_supervisor_and_its_first_calls_read_no_file_and_compile_nothing() -> None:
    assert read_by_a_fork("warm") == []
    assert any("service-2" in one for one in read_by_a_fork())
