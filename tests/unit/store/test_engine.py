"""How the store connects to its database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, make_url

from leastway.errors import LeastwayError
from leastway.primitives import SystemClock
from leastway.store.engine import _engine, failure, open_engine


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:planted@127.0.0.1:1/x",
        "postgresql+psycopg://u@127.0.0.1:1/x?password=planted&connect_timeout=2",
        "postgresql+psycopg://127.0.0.1:1/x?user=u&sslpassword=planted",
    ],
)
def test_no_error_has_a_password_of_the_database_in_its_url(url: str) -> None:
    with pytest.raises(LeastwayError) as refused:
        open_engine(url, SystemClock(), variable="LEASTWAY_DATABASE", fix="look")
    assert "planted" not in str(refused.value)
    assert "127.0.0.1:1/x" in str(refused.value)
    assert "planted" not in str(failure(_engine(make_url(url)), "read", OSError("gone")))


class _ConnectsError(Exception):
    """In place of a connection."""


def _parameters(url: str) -> dict[str, Any]:
    """Return what the driver would be given."""
    engine, found = _engine(make_url(url)), dict[str, Any]()

    @event.listens_for(engine, "do_connect")
    def _seen(_dialect: object, _record: object, _arguments: object, parameters: dict[str, Any]) -> None:
        found.update(parameters)
        raise _ConnectsError

    with pytest.raises(_ConnectsError):
        engine.connect()
    return found


def test_a_database_that_a_network_has_swallowed_is_an_error_within_seconds() -> None:
    given = _parameters("postgresql+psycopg://u@127.0.0.1:1/x?tcp_user_timeout=3000")
    assert given["connect_timeout"] <= 10
    assert given["keepalives_idle"] + given["keepalives_interval"] * given["keepalives_count"] <= 15
    assert given["tcp_user_timeout"] == "3000", "the URL decides"
    assert int(_parameters("postgresql+psycopg://u@127.0.0.1:1/x")["tcp_user_timeout"]) <= 10_000
    assert "connect_timeout" not in _parameters("sqlite://")
