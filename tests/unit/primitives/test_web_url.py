"""URLs that a user gives."""

import pytest

from leastway.primitives import split_web_url


@pytest.mark.parametrize("url", ["https://a.example", "http://127.0.0.1:8470/x", "https://[::1]:1/", "HTTPS://A/?q#f"])
def test_a_url_with_a_host_is_split(url: str) -> None:
    parts = split_web_url(url)
    assert parts is not None
    assert parts.hostname


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://a",
        "https://",
        "http://[",
        "http://a:b",
        "http://a:99999",
        "//a",
        "p://[",
        "https://u:p@a",
        "https://u@a",
    ],
)
def test_any_other_text_is_none(url: str) -> None:
    assert split_web_url(url) is None
