import pytest

from leastway.errors import InvalidInputError
from leastway.registry import ResourceKey

OTHER = ResourceKey("route", "public", "modules.web.externals.r")
KEYS = {
    "dns": ResourceKey("dns", "public", "modules.web.externals.r"),
    "dns.private": ResourceKey("dns", "private", "modules.web.externals.r"),
    "dns#shared.dns": ResourceKey("dns", "public", "shared.dns"),
    "acme/dns.private#shared.dns": ResourceKey("acme/dns", "private", "shared.dns"),
    "dns.private#shared.dns": ResourceKey("dns", "private", "shared.dns"),
}


@pytest.mark.parametrize(("text", "expected"), KEYS.items())
def test_omitted_parts_are_inherited(text: str, expected: ResourceKey) -> None:
    assert ResourceKey.parse(text, inherit=OTHER) == expected
    assert ResourceKey.parse(str(expected)) == expected


def test_the_class_is_default_without_a_resource_that_refers() -> None:
    assert ResourceKey.parse("dns#x") == ResourceKey("dns", "default", "x")


@pytest.mark.parametrize(
    "text",
    ["", "dns", "dns.public", "#x", "DNS#x", "dns.#x", "dns#", "dns#a b", ".a#x", "dns#é", "a/b/c#x", "/a#x", "a/#x"],
)
def test_what_is_not_a_resource_is_refused_without_its_text(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^it is not a resource"):
        ResourceKey.parse(text)
