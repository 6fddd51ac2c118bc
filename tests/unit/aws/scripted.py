"""A scripted AWS that replaces the network below botocore."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from botocore import endpoint
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.credentials import Credentials

from leastway.aws import session
from leastway.aws.session import LendingSession

Body = str | bytes | dict[str, Any] | list[Any] | None
Script = Callable[[str, dict[str, str]], Body | tuple[int, Body]]
"""Maps a call (`ListRoles`, or `/clusters/prod`) and its parameters to a response, with status 200 by default."""


class _Whole:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


class _Network:
    """The network of the shared clients: it leads to the AWS of the test that runs."""

    aws: ScriptedAws

    def send(self, request: AWSPreparedRequest, **options: Any) -> AWSResponse:
        return self.aws.send(request, **options)


_NETWORK = _Network()


@functools.cache
def _client(service: str) -> Any:
    """Return one client for all tests: botocore takes longer to create it than to send what a test sends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "ConnectionPools", lambda _ca_bundle: _NETWORK)
        return LendingSession().client(service, "eu-central-1", Credentials("AKIDEXAMPLE", "secret"))


class ScriptedAws:
    """The AWS of every session that is created; `called` are the calls. Retries do not wait."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.called: list[str] = []
        self.script: Script = lambda _what, _parameters: (404, "")
        monkeypatch.setattr(session, "ConnectionPools", lambda _ca_bundle: self)
        monkeypatch.setattr(_NETWORK, "aws", self, raising=False)
        monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))

    def client(self, service: str) -> Any:
        return _client(service)

    def send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        parts = urlsplit(str(request.url))
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")
        given = {name: values[0] for name, values in parse_qs(f"{parts.query}&{body}").items()}
        what = given.pop("Action", "") or unquote(parts.path)
        self.called.append(what)
        answer = self.script(what, given)
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        make: Any = AWSResponse
        response: AWSResponse = make(str(request.url), status, {}, _Whole(_bytes(content)))
        return response


def _bytes(content: Body) -> bytes:
    if isinstance(content, bytes):
        return content
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


def xml(action: str, inside: str) -> str:
    """Return a response of IAM or STS."""
    return (
        f'<{action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{action}Result>{inside}</{action}Result>'
        f"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
    )
