"""Logs of the server that are followed while it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from leastway.app import server_logs
from leastway.app.server_client import ServerClient
from leastway.app.server_logs import followed_log
from leastway.cli.render.server_log import print_lost
from leastway.errors import LeastwayError

AWAY = LeastwayError("the server does not answer: Connection refused")


class Flapping:
    """A client whose server is lost before and after its first line; `asked` are the ids behind which it was asked."""

    def __init__(self, *answers: list[tuple[str, str, Any]] | LeastwayError) -> None:
        self.answers, self.asked = list(answers), list[str]()

    def events(self, _path: str, last: str) -> Iterator[tuple[str, str, Any]]:
        self.asked.append(last)
        answer = self.answers.pop(0)
        if isinstance(answer, LeastwayError):
            raise answer
        yield from answer


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_logs, "_PAUSE", 0.0)


def test_a_server_that_is_lost_is_named_once_each_time_and_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    line, end = ("line", "1", {"text": "begun"}), ("end", "", {"status": "succeeded"})
    client = Flapping(AWAY, AWAY, [line], AWAY, AWAY, [end])
    found = list(followed_log(cast("ServerClient", client), "/log", print_lost))
    assert found == [{"text": "begun"}, {"status": "succeeded"}]
    assert client.asked == ["", "", "", "1", "1", "1"]
    said = capsys.readouterr()
    words = "warning: the server does not answer: Connection refused; waiting for it, while the work goes on\n"
    assert (said.out, said.err) == ("", 2 * words)


def test_a_server_that_does_not_come_back_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_logs, "_PATIENCE", 0.0)
    with pytest.raises(LeastwayError, match="does not answer"):
        list(followed_log(cast("ServerClient", Flapping(*[AWAY] * 100)), "/log"))
