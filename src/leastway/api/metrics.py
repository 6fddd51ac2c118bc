"""Prometheus metrics of this process. No label names an organization, a user or an object."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from leastway.service import Caller, Server

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


async def show_metrics(request: Request, _server: Server, _caller: Caller) -> Response:
    """Answer with the metrics of this process, for anyone with a valid token."""
    metrics: Metrics = request.app.state.metrics
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
