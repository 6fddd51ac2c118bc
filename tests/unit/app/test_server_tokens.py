"""Which token goes to which URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from leastway.app.server_client import ServerClient, token_for
from leastway.errors import InvalidInputError

SERVER = "https://leastway.example.com"


@pytest.mark.parametrize(
    ("server", "url", "is_sent"),
    [
        ("", f"{SERVER}/audit/acme", True),
        (SERVER, f"{SERVER}/audit/acme", True),
        (f"{SERVER}/", "https://LEASTWAY.example.com/audit/acme", True),
        (SERVER, "https://elsewhere.example.com/audit/acme", False),
        (SERVER, "http://leastway.example.com/audit/acme", False),
        (SERVER, "https://leastway.example.com:8443/audit/acme", False),
        (SERVER, "s3://leastway.example.com/audit/acme", False),
        (SERVER, "./log", False),
    ],
)
def test_the_token_goes_only_to_the_server_that_is_named(server: str, url: str, is_sent: bool) -> None:
    found = token_for(url, {"LEASTWAY_URL": server, "LEASTWAY_TOKEN": " lwt_one "})
    assert (found.reveal() if found else None) == ("lwt_one" if is_sent else None)


def test_a_token_in_a_file_is_read_where_the_variable_is_not_set(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("lwt_two\n")
    found = token_for(SERVER, {"LEASTWAY_TOKEN_FILE": str(file)})
    assert found is not None
    assert found.reveal() == "lwt_two"
    file.write_text("\n")
    with pytest.raises(InvalidInputError, match="does not have a token"):
        token_for(SERVER, {"LEASTWAY_TOKEN_FILE": str(file)})


@pytest.mark.parametrize("text", ["planted\nplanted", "planted planted", "planted\u20ac", "planted\x00"])
def test_what_cannot_be_sent_as_a_token_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text)
    for environment in ({"LEASTWAY_TOKEN": text}, {"LEASTWAY_TOKEN_FILE": str(file)}):
        with pytest.raises(InvalidInputError, match="token") as refused:
            token_for(SERVER, environment)
        assert "planted" not in str(refused.value)


def test_a_url_with_a_password_is_refused_without_showing_it() -> None:
    for url in ("https://user:planted@platform.example", "http://user:planted@platform.example"):
        with pytest.raises(InvalidInputError, match="LEASTWAY_URL is not a valid URL") as refused:
            ServerClient.from_environment({"LEASTWAY_URL": url, "LEASTWAY_TOKEN": "lwt_one"})
        assert "planted" not in str(refused.value)


def test_a_client_needs_a_token() -> None:
    assert token_for(SERVER, {}) is None
    with pytest.raises(InvalidInputError, match="no token is given"):
        ServerClient.from_environment({"LEASTWAY_URL": SERVER})
