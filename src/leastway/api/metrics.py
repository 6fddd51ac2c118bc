"""Prometheus metrics of this process. No label names an organization, a user or an object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from leastway.orchestrator import Orchestrator
from leastway.service import Caller, Server
from leastway.service.logs import Logs
from leastway.service.tunnels import AgentTunnels

__all__ = ["Metrics", "show_metrics"]


class Metrics:
    """The metrics, each an attribute."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "leastway_requests", "Requests by route and status.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "leastway_request_seconds", "Seconds from request to answer.", ("route",), registry=self.registry
        )
        self.unauthenticated = Counter(
            "leastway_unauthenticated_requests", "Requests without a valid token.", registry=self.registry
        )

    def watch_runs(self, runs: Orchestrator) -> None:
        """Show how the calls of runs were decided, read when the metrics are."""
        self.registry.register(_Calls(runs))

    def watch_tunnels(self, tunnels: AgentTunnels) -> None:
        """Show how many agents are connected, and their streams, read when the metrics are."""
        agents = Gauge("leastway_agents_connected", "Replicas of agents at this process.", registry=self.registry)
        agents.set_function(lambda: len(tunnels.hub.connected()))
        streams = Gauge("leastway_tunnel_streams", "Open streams through agents.", registry=self.registry)
        streams.set_function(lambda: tunnels.hub.streams)

    def watch_logs(self, logs: Logs) -> None:
        """Show how the audit logs are doing, read when the metrics are."""
        ledger, copies, witnesses = logs.ledger, logs.copies, logs.witnesses
        shown = {
            "waiting_requests": ("Requests that wait for their audit entry.", lambda: ledger.waiting),
            "refusals_in_memory": ("Refusals whose entries wait for the database.", lambda: ledger.later),
            "refusals_dropped": ("Refusals that are only counted, and not yet in the log.", lambda: ledger.dropped),
            "log_is_behind": (
                "1 while positions or checkpoints cannot be written.",
                lambda: logs.keeper.problem is not None,
            ),
        }
        if copies is not None:
            shown["copy_failing"] = ("1 while the copy cannot be written.", lambda: copies.problem is not None)
            shown["copy_behind_entries"] = ("Published entries that the copy lacks.", lambda: copies.behind)
        if witnesses is not None:
            shown["logs_without_witness"] = (
                "Logs that are shown without the signature of every witness.",
                lambda: witnesses.unsigned,
            )
        for name, (text, value) in shown.items():
            Gauge(f"leastway_audit_{name}", text, registry=self.registry).set_function(value)


@dataclass(frozen=True, slots=True)
class _Calls(Collector):
    runs: Orchestrator

    def collect(self) -> Iterator[Metric]:
        """Give the counter of each decision."""
        shown = CounterMetricFamily("leastway_run_calls", "Calls of runs to AWS, by who decided.", labels=["decision"])
        for decision, count in self.runs.calls.items():
            shown.add_metric([decision], count)
        yield shown


async def show_metrics(request: Request, _server: Server, _caller: Caller) -> Response:
    """Answer with the metrics of this process, for anyone with a valid token."""
    metrics: Metrics = request.app.state.metrics
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
