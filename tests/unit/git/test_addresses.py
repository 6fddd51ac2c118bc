"""Only hosts on the internet are reached, unless the operator lists a host as private."""

import pytest

from leastway.errors import LeastwayError
from leastway.git import address_of


def test_the_first_address_is_used_and_one_private_address_refuses_the_host() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        return ["1.1.1.1", "10.0.0.1"]

    assert address_of("h", 443, private_hosts={"h"}, resolve=resolve) == "1.1.1.1"
    with pytest.raises(LeastwayError, match="private network"):
        address_of("h", 443, private_hosts={"other"}, resolve=resolve)


def test_numbers_that_the_resolver_reads_as_an_address_are_judged_by_it() -> None:
    for host in ("127.1", "2130706433", "0x7f.1", "localhost"):
        with pytest.raises(LeastwayError):
            address_of(host, 443, private_hosts=())


def test_a_host_without_an_address_is_an_error() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise OSError("Name or service not known")

    with pytest.raises(LeastwayError, match="no address: Name or service not known"):
        address_of("h", 443, private_hosts=(), resolve=resolve)
