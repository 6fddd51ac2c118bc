"""The client of the control interface: faults, journal, snapshots and seeding of a running sandbox.

Plain HTTP on the loopback interface, one connection for each request, so it can be used from any thread.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.sandbox.scenario import Scenario, Seeded, SeededKey

__all__ = ["Control", "JournalEntry"]

_TIMEOUT = 600.0
"""Seconds, for real API servers to start on a busy machine; a scenario of thousands of clusters takes a few."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One call that was answered (or would have been, at a `kill_after_write`)."""

    service: str
    """`iam`, `sts`, `eks`, ...; `kubernetes` for a call to a cluster's own endpoint."""
    action: str
    """`CreateUser`; for Kubernetes the verb and the resource, as in `create roles`."""
    account: str
    """The account of the caller, or for Kubernetes the account of the cluster."""
    principal: str
    """The caller's ARN, or for Kubernetes the username; empty if the call was refused before authentication."""
    source: str
    """The source address as IAM sees it; empty for Kubernetes."""
    mutating: bool
    """Whether state changed; false for refused calls and reads."""
    status: int
    """The HTTP status."""
    region: str
    resource: str
    """For Kubernetes `cluster/namespace/name`, with missing parts empty; else empty."""


class Control:
    """The control of a running sandbox. Methods raise LeastwayError if the sandbox has ended or refuses."""

    def __init__(self, port: int, token: Secret) -> None:
        self._port = port
        self._token = token

    def latency(self, seconds: float) -> None:
        """Delay every AWS call by `seconds` from now on; 0 ends the delay."""
        self._ask("latency", seconds=seconds)

    def throttle(self, action: str = "*", *, every: int = 0, rate: float = 0.0) -> None:
        """Throttle AWS calls that match `action`, a pattern such as `eks:*` or `iam:CreateUser`, from now on.

        `every`: one call of this many. `rate`: calls of one account beyond this many per second, after a burst of one
        second's worth. Neither: stop throttling. IAM and STS respond `Throttling`, others `ThrottlingException`.
        """
        self._ask("throttle", action=action, every=every, rate=rate)

    def fail(self, action: str, code: str, *, times: int = 1) -> None:
        """Fail the next `times` calls that match `action` with the error `code`, without effect."""
        self._ask("fail", action=action, code=code, times=times)

    def kill_after_write(self, writes: int, pid: int) -> None:
        """Send SIGKILL to `pid` after the `writes`-th change from now, before its response is sent.

        AWS and Kubernetes changes are counted together; refused calls are not counted. 0 disarms.
        """
        self._ask("kill_after_write", writes=writes, pid=pid)

    def journal(self, *, clear: bool = False) -> tuple[JournalEntry, ...]:
        """Return the answered calls, oldest first; with `clear`, then delete them."""
        return tuple(JournalEntry(**entry) for entry in self._ask("journal", clear=clear))

    def kubernetes(self) -> tuple[str, ...]:
        """Return the distinct API servers of the described clusters, e.g. `kube-apiserver v1.35.4`."""
        return tuple(self._ask("kubernetes"))

    def seed(self, scenario: Scenario) -> Seeded:
        """Create everything in `scenario`, in addition to what exists; return the keys of its users."""
        keys = self._ask("seed", **scenario.to_json())
        admins = {account: _key(key) for account, key in keys["admins"].items()}
        return Seeded(_key(keys["platform"]), admins)

    def snapshot(self) -> str:
        """Save all state of IAM, STS, EKS and the clusters' Kubernetes; return its name for `restore`."""
        name: str = self._ask("snapshot")
        return name

    def restore(self, snapshot: str) -> None:
        """Restore the state, disarm all faults and clear the journal. Other services are emptied."""
        self._ask("restore", snapshot=snapshot)

    def reset(self) -> None:
        """Delete all state, disarm all faults and clear the journal. Snapshots are kept."""
        self.restore("")

    def _ask(self, verb: str, **request: Any) -> Any:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT)
        try:
            headers = {"Authorization": f"Bearer {self._token.reveal()}"}
            connection.request("POST", f"/_leastway/{verb}", json.dumps(request), headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException) as error:
            raise LeastwayError("the sandbox does not respond", where=f"127.0.0.1:{self._port}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise LeastwayError(f"the sandbox refused: {answer['error']}", where=verb)
        return answer


def _key(pair: list[str]) -> SeededKey:
    return SeededKey(pair[0], Secret(pair[1]))
