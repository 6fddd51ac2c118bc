"""An admission webhook of the tests, for one namespace of a real API server."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme

from leastway.errors import LeastwayError
from leastway.kube import Connection
from tests.integration.tunnel.world import until

__all__ = ["NAME", "refused", "webhook"]

NAME = "policy.example.com"
_CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"

Verdict = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes the request of an AdmissionReview, and returns the response without its uid."""


def refused(status: int, message: str) -> dict[str, Any]:
    return {"allowed": False, "status": {"code": status, "message": message}}


@contextmanager
def webhook(admin: Connection, namespace: str, resource: str, verdict: Verdict) -> Iterator[None]:
    """Ask `verdict` about every change of a resource in the namespace, for which the cluster waits a second."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    asked = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["request"]
            is_probe = request["name"] == _PROBE
            asked.set()
            response = {"uid": request["uid"], **({"allowed": True} if is_probe else verdict(request))}
            review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
            body = json.dumps(review).encode()
            with suppress(OSError):  # the API server does not wait for it any more
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    known = base64.b64encode(authority.cert_pem.bytes()).decode()
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE", "DELETE"]}
    hook = {
        "name": NAME,
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": 1,
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "clientConfig": {"url": f"https://127.0.0.1:{server.server_address[1]}/", "caBundle": known},
        "rules": [{**rule, "resources": [resource, "configmaps"]}],
    }
    admin.request("POST", _CONFIGURATIONS, {"metadata": {"name": namespace}, "webhooks": [hook]})

    def is_asked() -> bool:
        body = {"metadata": {"name": _PROBE}}
        with suppress(LeastwayError):
            admin.request("POST", f"/api/v1/namespaces/{namespace}/configmaps", body, query={"dryRun": "All"})
        return asked.is_set()

    try:
        until(is_asked)
        yield
    finally:
        admin.request("DELETE", f"{_CONFIGURATIONS}/{namespace}")

        def is_left() -> bool:
            asked.clear()
            return not is_asked()

        until(is_left)
        server.shutdown()
        server.server_close()
        thread.join(10)


_PROBE = "asks-whether-the-webhook-is-known"
