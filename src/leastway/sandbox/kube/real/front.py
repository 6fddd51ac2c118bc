"""A proxy in front of a real kube-apiserver, for a hook that must see each request.

Requests are forwarded unchanged, and the hook is called between the kube-apiserver's response and the client's. A
watch, which never ends, is refused (405).
"""

from __future__ import annotations

import asyncio
import http.client
import ssl
from collections.abc import Callable

from leastway.sandbox.http1 import HttpRequest, HttpResponse, json_response
from leastway.sandbox.kube.listener import HOST, ClusterAuthority, Listener
from leastway.sandbox.kube.outside import KubeCall, RequestHook
from leastway.sandbox.kube.routing import route
from leastway.sandbox.kube.status import ApiError

__all__ = ["Front"]

_OWN = (b"host", b"connection", b"content-length", b"transfer-encoding", b"accept-encoding")
_ANSWERED = ("content-type", "warning")
_READS = ("get", "list", "watch")
_QUESTIONS = ("authorization.k8s.io", "authentication.k8s.io")


class Front(Listener):
    """Forwards requests to the kube-apiserver at `port`. Both have a certificate of `authority`.

    `username_of` returns the user that a token last authenticated.
    """

    def __init__(
        self, cluster: str, port: int, authority: ClusterAuthority, hook: RequestHook, username_of: Callable[[str], str]
    ) -> None:
        super().__init__(authority)
        self._cluster = cluster
        self._port = port
        self._context = ssl.create_default_context(cadata=authority.pem.decode("ascii"))
        self._hook = hook
        self._username_of = username_of

    def serve(self, cluster: str, hook: RequestHook) -> None:
        """Report the requests as those to `cluster`, to `hook`, from now on."""
        self._cluster = cluster
        self._hook = hook

    async def respond(self, request: HttpRequest) -> HttpResponse:
        """Forward one request, and call the hook."""
        asked = route(request).asked
        if asked.verb == "watch":
            response = json_response(
                405, ApiError(405, "MethodNotAllowed", "the sandbox does not forward watches").body()
            )
        else:
            response = await asyncio.to_thread(self._pass_on, request)
        read = asked.verb in _READS or bool(asked.path) or asked.group in _QUESTIONS
        user = "" if response.status == 401 else self._username(request)
        changed = not read and response.status < 300 and "dryRun" not in request.query
        await self._hook(KubeCall(self._cluster, asked, user, changed, response.status))
        return response

    def _username(self, request: HttpRequest) -> str:
        _, _, token = request.header(b"authorization").partition(" ")
        return self._username_of(token.strip()) if token.strip() else "system:anonymous"

    def _pass_on(self, request: HttpRequest) -> HttpResponse:
        connection = http.client.HTTPSConnection(HOST, self._port, timeout=60, context=self._context)
        try:
            connection.putrequest(request.method, request.target, skip_accept_encoding=True)
            for name, value in request.headers:
                if name not in _OWN:
                    connection.putheader(name.decode("latin-1"), value)
            connection.putheader("content-length", str(len(request.body)))
            connection.endheaders(request.body)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        headers = [(name.encode(), value.encode()) for name, value in answer.getheaders() if name.lower() in _ANSWERED]
        return HttpResponse(answer.status, body, headers)
