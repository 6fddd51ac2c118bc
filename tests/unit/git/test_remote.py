"""The URL of a source: https and ssh alone, without a credential, a query or an option."""

import pytest

from leastway.errors import InvalidInputError
from leastway.git import Remote, Transport, remote_of


@pytest.mark.parametrize(
    ("url", "remote", "shown"),
    [
        (
            "https://Git.Example.org/team/infra.git",
            Remote(transport=Transport.HTTPS, host="git.example.org", port=443, path="team/infra.git"),
            "https://git.example.org/team/infra.git",
        ),
        (
            "https://git.example.org:8443/a%20b/c",
            Remote(transport=Transport.HTTPS, host="git.example.org", port=8443, path="a%20b/c"),
            "https://git.example.org:8443/a%20b/c",
        ),
        (
            "ssh://git@git.example.org:2222/team/infra.git",
            Remote(transport=Transport.SSH, host="git.example.org", port=2222, path="team/infra.git"),
            "ssh://git@git.example.org:2222/team/infra.git",
        ),
        (
            "deploy@git.example.org:team/infra.git",
            Remote(transport=Transport.SSH, host="git.example.org", port=22, path="team/infra.git", user="deploy"),
            "ssh://deploy@git.example.org/team/infra.git",
        ),
        (
            "https://[2001:db8::1]/x",
            Remote(transport=Transport.HTTPS, host="2001:db8::1", port=443, path="x"),
            "https://[2001:db8::1]/x",
        ),
    ],
)
def test_the_forms_of_a_url(url: str, remote: Remote, shown: str) -> None:
    assert remote_of(url) == remote
    assert remote.url == shown
    assert remote_of(shown) == remote


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://git.example.org/x",
        "git://git.example.org/x",
        "file:///etc",
        "/srv/git/x",
        "../x",
        "ext::sh -c id",
        "https://user:open-sesame@git.example.org/x",
        "https://open-sesame@git.example.org/x",
        "https://git.example.org/x?token=open-sesame",
        "https://git.example.org/x#open-sesame",
        "https://git.example.org",
        "https://git.example.org/",
        "https://git.example.org/../x",
        "https://git.example.org/a/../../x",
        "https://git.example.org/x y",
        "https://git.example.org/x\n",
        "https://git.example.org:0/x",
        "https://git.example.org:99999/x",
        "https://-oProxyCommand=id/x",
        "https://git.example.org./x",
        "https://gít.example.org/x",
        "ssh://-oProxyCommand=id/x",
        "ssh://git@-oProxyCommand=id/x",
        "ssh://-l@git.example.org/x",
        "-oProxyCommand=id@git.example.org:x",
        "git@-oProxyCommand=id:x",
        "git@git.example.org:--upload-pack=id",
        "git@git.example.org:-x",
        "ssh://git@git.example.org/~$(id)/x",
        "https://git.example.org/" + "x" * 3000,
    ],
)
def test_other_urls_are_refused_and_a_credential_is_not_repeated(url: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        remote_of(url)
    if "@" in url and "://" in url:
        assert "open-sesame" not in str(raised.value)
