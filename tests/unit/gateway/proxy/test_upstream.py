"""Which hosts the operator overrides, and where requests claim a source address."""

from __future__ import annotations

import pytest

from leastway.errors import LeastwayError
from leastway.gateway.proxy.upstream import Endpoint, Outside, Upstreams


def test_an_override_is_for_its_host_or_for_all() -> None:
    here, all_others = Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", 2)
    assert Outside({"a": here}).endpoint("b") is None
    assert Outside({"a": here, "*": all_others}).endpoint("a") == here
    assert Outside({"a": here, "*": all_others}).endpoint("b") == all_others


def test_a_source_address_is_claimed_at_the_overridden_host_alone() -> None:
    upstreams = Upstreams(Outside({"a": Endpoint("127.0.0.1", 1, source="192.0.2.1"), "b": Endpoint("127.0.0.1", 1)}))
    assert upstreams.claimed("a") == (("x-forwarded-for", "192.0.2.1"),)
    assert upstreams.claimed("b") == upstreams.claimed("sts.amazonaws.com") == ()


def test_a_source_address_is_not_claimed_off_this_machine() -> None:
    with pytest.raises(LeastwayError, match="loopback only"):
        Endpoint("192.0.2.7", 443, source="192.0.2.1")
