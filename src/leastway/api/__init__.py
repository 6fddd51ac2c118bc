"""The server's HTTP interface: paths, bodies and statuses in Humanitec's dialect.

It parses, calls `service`, and renders. The only home of starlette, uvicorn, msgspec and Prometheus's client.
Sources: Humanitec's API description; RFC 9110.
"""

from leastway.api.application import application
from leastway.api.serving import Listening, Running, run, serving_on_loopback

__all__ = ["Listening", "Running", "application", "run", "serving_on_loopback"]
