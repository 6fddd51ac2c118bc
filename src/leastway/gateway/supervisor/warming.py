"""What every supervisor would load or read at its first calls, done once in the process that forks them.

What a fork finds in memory is nobody's secret: code, models of AWS's services, the system's CAs.
"""

from __future__ import annotations

import codecs
import gc
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Final

from leastway.aws.calls import Hosts, load_ahead, regions_of
from leastway.gateway.authority import RunTerms, StateAnswer
from leastway.gateway.certificates import RunCa
from leastway.gateway.control import learn
from leastway.gateway.proxy import Endpoint, Outside
from leastway.gateway.proxy.upstream import tls_context
from leastway.gateway.supervisor.starting import Command, SupervisorStart
from leastway.isolation import Host, Limits, Sandbox
from leastway.ports import IssuedSession, SessionKeys
from leastway.primitives import Partition

__all__ = ["later", "warm_up"]

_NOBODY: Final = "0" * 12
_OFTEN: Final = ("s3", "iam", "ec2", "sqs", "sns", "dynamodb", "kms", "secretsmanager", "logs", "lambda", "rds")
"""Services that many modules call: 30 MiB of memory, which all forks share."""


def warm_up() -> None:
    """Import and read what every supervisor needs, and keep it out of the way of the garbage collector."""
    host = "nobody.example"
    ca = RunCa("nobody")
    _shake_hands(ca.context(host), tls_context(ca.pem), host)
    Hosts(Partition.AWS, _NOBODY, services=("sts",), regions=(Partition.AWS.home_region,)).elsewhere()
    load_ahead("sts")
    learn(SupervisorStart, Host, Outside, Endpoint, Command, Sandbox, Limits)
    learn(RunTerms, IssuedSession, SessionKeys, StateAnswer)
    codecs.lookup("ascii")  # its module is imported at the first use
    gc.collect()
    gc.freeze()


def later(region: str) -> Iterator[Callable[[], object]]:
    """Yield what reads more for later forks: the system's CAs, where a run may go from `region`, and services.

    Each takes a tenth of a second at most, but the endpoints of a region up to half of one.
    """
    yield partial(tls_context, None)
    partition = Partition.of_region(region)
    if region in regions_of(partition):
        hosts = Hosts(partition, _NOBODY, regions=(region,))
        yield lambda: hosts.find(f"sts.{region}.amazonaws.com")
        yield lambda: hosts.find("iam.amazonaws.com")
    for service in _OFTEN:
        yield partial(load_ahead, service)


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> None:
    """Open TLS in memory: OpenSSL loads what it needs at the first time."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=host)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for end in (ours, theirs, ours, theirs):
        with suppress(ssl.SSLWantReadError):
            end.do_handshake()
