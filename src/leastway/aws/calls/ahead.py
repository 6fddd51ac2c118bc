"""Loads, before the first call of a service, what naming its calls needs: its model, routes, actions and answers."""

from __future__ import annotations

from typing import Final

from leastway.aws.calls.actions import actions_of
from leastway.aws.calls.answers import answer_of
from leastway.aws.calls.call import WireProtocol
from leastway.aws.calls.models import action_prefixes_of, load_service
from leastway.aws.calls.routes import routes_of
from leastway.policy.catalog import load_catalog

__all__ = ["load_ahead"]

_REST: Final = {WireProtocol.REST_JSON, WireProtocol.REST_XML}


def load_ahead(service: str) -> None:
    """Load what the calls of a service, by botocore's name, need. Takes up to 25 ms of a processor, EC2's 75 ms."""
    loaded = load_service(service)
    for prefix in action_prefixes_of(service):
        load_catalog().resource_types_of(prefix)
    methods = {name: str(loaded.operation(name).http.get("method", "POST")) for name in loaded.operations}
    for operation, method in methods.items():
        actions_of(service, operation, method)
        answer_of(service, operation)
    if loaded.protocols & _REST:
        for method in set(methods.values()):
            routes_of(service, method)
