import pytest

from leastway.errors import LeastwayError
from leastway.primitives import ProxyAddress


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://proxy:3128", ProxyAddress("http://proxy:3128")),
        ("https://proxy", ProxyAddress("https://proxy")),
        ("HTTP://Proxy:3128/", ProxyAddress("http://proxy:3128")),
        ("proxy:3128", ProxyAddress("http://proxy:3128")),
        ("//proxy:3128", ProxyAddress("http://proxy:3128")),
        ("http://jane:p%40ss%3a@proxy:3128", ProxyAddress("http://proxy:3128", "jane", "p@ss:")),
        ("jane:secret@proxy:3128", ProxyAddress("http://proxy:3128", "jane", "secret")),
        ("http://[::1]:3128", ProxyAddress("http://[::1]:3128")),
    ],
)
def test_a_proxy_is_parsed_like_curl_does(text: str, proxy: ProxyAddress) -> None:
    assert ProxyAddress.parse(text, where="x") == proxy


@pytest.mark.parametrize("text", ["socks5://jane:secret@proxy:1080", "socks5h://proxy", "socks4://proxy"])
def test_a_socks_proxy_is_rejected(text: str) -> None:
    with pytest.raises(LeastwayError, match="a socks") as caught:
        ProxyAddress.parse(text, where="x")
    assert "HTTPS_PROXY" in (caught.value.fix or "")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["http://", "ftp://proxy", "http://proxy:secret@:x", "http://[::1", "http://a b:1"])
def test_an_invalid_address_is_rejected_without_repeating_it(text: str) -> None:
    with pytest.raises(LeastwayError, match="is not valid") as caught:
        ProxyAddress.parse(text, where="x")
    assert "secret" not in str(caught.value)


def test_a_password_is_never_printed() -> None:
    assert "secret" not in repr(ProxyAddress("http://proxy", "jane", "secret"))


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "proxy:3128")
    return monkeypatch


NO_PROXY = {
    "its name": ("a.example", True),
    "its name among others": (" b.example , A.EXAMPLE", True),
    "the end of its name": ("example", True),
    "the end of its name, with a dot": (".example", True),
    "everything": ("*", True),
    "its port": ("a.example:8443", True),
    "nothing": ("", False),
    "another port": ("a.example:443", False),
    "the end of a word": ("ample", False),
    "a name within it": ("x.a.example", False),
    "dots and commas": (".,,.", False),
    "a network": ("10.0.0.0/8", False),
}


@pytest.mark.parametrize(("rules", "left_out"), NO_PROXY.values(), ids=NO_PROXY)
def test_no_proxy_excludes_hosts(proxied: pytest.MonkeyPatch, rules: str, left_out: bool) -> None:
    proxied.setenv("NO_PROXY", rules)
    expected = None if left_out else ProxyAddress("http://proxy:3128")
    assert ProxyAddress.on_the_way_to("https://a.example:8443", where="x") == expected


@pytest.mark.parametrize(
    ("rules", "left_out"),
    [("10.0.0.0/8", True), ("10.1.2.3", True), ("10.1.2.3/8", True), ("11.0.0.0/8", False), ("::/0", False)],
)
def test_no_proxy_excludes_networks(proxied: pytest.MonkeyPatch, rules: str, left_out: bool) -> None:
    proxied.setenv("NO_PROXY", rules)
    assert (ProxyAddress.on_the_way_to("https://10.1.2.3", where="x") is None) is left_out


def test_all_proxy_is_the_fallback(proxied: pytest.MonkeyPatch) -> None:
    proxied.setenv("ALL_PROXY", "other:1")
    assert ProxyAddress.on_the_way_to("https://a.example", where="x") == ProxyAddress("http://proxy:3128")
    proxied.delenv("HTTPS_PROXY")
    assert ProxyAddress.on_the_way_to("https://a.example", where="x") == ProxyAddress("http://other:1")
    proxied.delenv("ALL_PROXY")
    assert ProxyAddress.on_the_way_to("https://a.example", where="x") is None


def test_an_unusable_proxy_is_ignored_for_excluded_hosts(proxied: pytest.MonkeyPatch) -> None:
    proxied.setenv("HTTPS_PROXY", "socks5://proxy")
    with pytest.raises(LeastwayError, match="a socks5 proxy cannot be used"):
        ProxyAddress.on_the_way_to("https://a.example", where="x")
    proxied.setenv("NO_PROXY", "a.example")
    assert ProxyAddress.on_the_way_to("https://a.example", where="x") is None
