"""Where a server may listen."""

import re
from pathlib import Path

import pytest

from leastway.api import Listening
from leastway.errors import InvalidInputError

CERTIFICATE, KEY = Path("certificate.pem"), Path("key.pem")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1"])
def test_plain_http_is_served_on_loopback(host: str) -> None:
    Listening(host, 1)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "::", "fe80::1"])
def test_plain_http_is_refused_elsewhere(host: str) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(f"plain HTTP would be served on {host}")):
        Listening(host, 1)
    Listening(host, 1, CERTIFICATE, KEY)


@pytest.mark.parametrize(("certificate", "key"), [(CERTIFICATE, None), (None, KEY)])
def test_a_certificate_without_its_key_is_refused(certificate: Path | None, key: Path | None) -> None:
    with pytest.raises(InvalidInputError, match="TLS needs a certificate and its key"):
        Listening("127.0.0.1", 1, certificate, key)


def test_a_name_is_refused_because_it_may_be_any_address() -> None:
    with pytest.raises(InvalidInputError, match="'localhost' is not an IP address"):
        Listening("localhost", 1)


def test_the_url_of_an_address() -> None:
    assert Listening("::1", 80).url == "http://[::1]:80"
    assert Listening("127.0.0.1", 443, CERTIFICATE, KEY).url == "https://127.0.0.1:443"
