"""The address that an echo service sees."""

import socket

import pytest

from leastway.aws import outgoing_address
from leastway.errors import InvalidInputError, LeastwayError
from tests.echo import echoing


@pytest.mark.parametrize(
    ("text", "address"),
    [("203.0.113.9\n", "203.0.113.9"), ("2001:DB8::1", "2001:db8::1"), (" 192.0.2.1 ", "192.0.2.1")],
)
def test_the_answer_is_the_address(text: str, address: str) -> None:
    with echoing(text) as url:
        assert outgoing_address(url) == address


@pytest.mark.parametrize("text", ["", "<html>", "203.0.113.9, 10.0.0.1", "203.0.113.0/24", "é" * 1000])
def test_an_answer_that_is_not_one_address_is_an_error(text: str) -> None:
    with echoing(text) as url, pytest.raises(LeastwayError, match="did not answer with an IP address"):
        outgoing_address(url)


def test_an_error_page_is_not_believed() -> None:
    with echoing("203.0.113.9", 502) as url, pytest.raises(LeastwayError, match="answered 502"):
        outgoing_address(url)


@pytest.mark.parametrize(
    "url", ["checkip.amazonaws.com", "ftp://x/", "file:///etc/passwd", "https://", "https://me:secret@h/"]
)
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="is not the URL of an echo service") as refused:
        outgoing_address(url)
    assert "secret" not in str(refused.value)


def test_plain_http_is_for_loopback_only() -> None:
    with pytest.raises(InvalidInputError, match="plain http is allowed for loopback only") as refused:
        outgoing_address("http://checkip.amazonaws.com/")
    assert refused.value.fix == "name the echo service by an https address"


def test_a_service_that_cannot_be_reached_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(LeastwayError, match="the echo service cannot be reached"):
        outgoing_address(f"http://127.0.0.1:{port}/")
