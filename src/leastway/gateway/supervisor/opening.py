"""Opens the gateway of a run from the server's terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leastway.aws.calls import Hosts
from leastway.gateway.authority import AskedAuthority, RunTerms
from leastway.gateway.certificates import RunCa
from leastway.gateway.decision import verdicts_of
from leastway.gateway.judging import Judge
from leastway.gateway.proxy import Outside, Proxy
from leastway.gateway.switch import RunSwitch
from leastway.primitives import Partition, Secret

__all__ = ["open_gateway"]


def open_gateway(
    terms: RunTerms,
    authority: AskedAuthority,
    switch: RunSwitch,
    ca: RunCa,
    outside: Outside,
    *,
    learn: Callable[[Sequence[Secret]], None],
) -> tuple[Judge, Proxy]:
    """Return the judge and the proxy of a run; `learn` is told the secrets of its keys.

    Errors: LeastwayError for terms that name what does not exist.
    """
    verdicts = verdicts_of(terms)
    services = terms.services or verdicts.services or None
    hosts = Hosts(Partition(terms.partition), terms.aws_account, services=services, regions=terms.regions)
    judge = Judge(terms, authority, switch, hosts, verdicts, learn=learn)
    return judge, Proxy(judge, authority, switch, ca, outside=outside, pass_hosts=terms.pass_hosts)
