"""The parent's side of the control interface: faults, journal, snapshots and seeding of a running sandbox.

Plain HTTP on the loopback interface, one connection for each request, so that any thread may ask.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.sandbox.scenario import Scenario, Seeded, SeededKey

__all__ = ["Control", "JournalEntry"]

_TIMEOUT = 120.0
"""Seconds; a scenario of thousands of clusters takes a few."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One call that was answered (or, at a `kill_after_write`, would have been)."""

    service: str
    """`iam`, `sts`, `eks`, ...; `kubernetes` for a call to a cluster's own endpoint."""
    action: str
    """`CreateUser`; for Kubernetes the verb and the resource, as in `create roles`."""
    account: str
    """The account of the caller; of the cluster, for a Kubernetes call."""
    principal: str
    """The caller's ARN, or for Kubernetes the username; empty when the call was refused before anyone was known."""
    source: str
    """The source address as IAM sees it; empty for Kubernetes."""
    mutating: bool
    """Whether state changed; a call that was refused, or that only reads, changed none."""
    status: int
    """The HTTP status."""
    region: str
    resource: str
    """For Kubernetes `cluster/namespace/name`, with empty parts where there is none; else empty."""


class Control:
    """Asks a running sandbox about itself. Each method is a LeastwayError when the sandbox is gone or refuses."""

    def __init__(self, port: int, token: Secret) -> None:
        self._port = port
        self._token = token

    def latency(self, seconds: float) -> None:
        """Let every AWS call take `seconds` longer, from now on; 0 ends it."""
        self._ask("latency", seconds=seconds)

    def throttle(self, action: str = "*", *, every: int = 0, rate: float = 0.0) -> None:
        """Throttle AWS calls that match `action`, a pattern such as `eks:*` or `iam:CreateUser`, from now on.

        `every`: one in so many calls. `rate`: what exceeds so many calls a second of one account, after a burst of
        one second's worth. Neither: no longer. IAM and STS answer `Throttling`, others `ThrottlingException`.
        """
        self._ask("throttle", action=action, every=every, rate=rate)

    def fail(self, action: str, code: str, *, times: int = 1) -> None:
        """Refuse the next `times` calls that match `action` with the error `code`; they have no effect."""
        self._ask("fail", action=action, code=code, times=times)

    def kill_after_write(self, writes: int, pid: int) -> None:
        """Send SIGKILL to `pid` once the `writes`-th change from now took effect, and leave that call unanswered.

        AWS and Kubernetes changes count together; refused ones do not count. 0 disarms.
        """
        self._ask("kill_after_write", writes=writes, pid=pid)

    def journal(self, *, clear: bool = False) -> tuple[JournalEntry, ...]:
        """Return the calls that were answered, oldest first; with `clear`, forget them."""
        return tuple(JournalEntry(**entry) for entry in self._ask("journal", clear=clear))

    def kubernetes(self) -> tuple[str, ...]:
        """Return what answers behind the clusters that were described, each kind once: `kube-apiserver v1.35.4`."""
        return tuple(self._ask("kubernetes"))

    def seed(self, scenario: Scenario) -> Seeded:
        """Make everything in `scenario`, beside what is there; return the keys of its users."""
        keys = self._ask("seed", **scenario.to_json())
        admins = {account: _key(key) for account, key in keys["admins"].items()}
        by_hand = {account: _key(key) for account, key in keys["by_hand"].items()}
        return Seeded(_key(keys["platform"]), admins, by_hand)

    def snapshot(self) -> str:
        """Set aside all state of IAM, STS, EKS and small Kubernetes; return the name to `restore` it by."""
        name: str = self._ask("snapshot")
        return name

    def restore(self, snapshot: str) -> None:
        """Put the state back as it was, disarm all faults and clear the journal. Other services are emptied."""
        self._ask("restore", snapshot=snapshot)

    def reset(self) -> None:
        """Empty everything, disarm all faults and clear the journal. Snapshots stay."""
        self._ask("reset")

    def _ask(self, verb: str, **request: Any) -> Any:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT)
        try:
            headers = {"Authorization": f"Bearer {self._token.reveal()}"}
            connection.request("POST", f"/_leastway/{verb}", json.dumps(request), headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException) as error:
            raise LeastwayError("the sandbox does not answer", where=f"127.0.0.1:{self._port}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise LeastwayError(f"the sandbox refused: {answer['error']}", where=verb)
        return answer


def _key(pair: list[str]) -> SeededKey:
    return SeededKey(pair[0], Secret(pair[1]))
