import pytest

from leastway.errors import LeastwayError
from leastway.primitives import Proxy


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://proxy:3128", Proxy("http://proxy:3128")),
        ("https://proxy", Proxy("https://proxy")),
        ("HTTP://Proxy:3128/", Proxy("http://proxy:3128")),
        ("proxy:3128", Proxy("http://proxy:3128")),
        ("//proxy:3128", Proxy("http://proxy:3128")),
        ("http://jane:p%40ss%3a@proxy:3128", Proxy("http://proxy:3128", "jane", "p@ss:")),
        ("jane:secret@proxy:3128", Proxy("http://proxy:3128", "jane", "secret")),
        ("http://[::1]:3128", Proxy("http://[::1]:3128")),
    ],
)
def test_a_proxy_is_read_as_curl_reads_it(text: str, proxy: Proxy) -> None:
    assert Proxy.parse(text, where="x") == proxy


@pytest.mark.parametrize("text", ["socks5://jane:secret@proxy:1080", "socks5h://proxy", "socks4://proxy"])
def test_a_socks_proxy_is_refused_by_name(text: str) -> None:
    with pytest.raises(LeastwayError, match="a socks") as caught:
        Proxy.parse(text, where="x")
    assert "HTTPS_PROXY" in (caught.value.fix or "")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["http://", "ftp://proxy", "http://proxy:secret@:x", "http://[::1", "http://a b:1"])
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(LeastwayError, match="cannot be understood") as caught:
        Proxy.parse(text, where="x")
    assert "secret" not in str(caught.value)


def test_a_password_is_never_printed() -> None:
    assert "secret" not in repr(Proxy("http://proxy", "jane", "secret"))
