"""The server's outgoing address, and the platform's list."""

from __future__ import annotations

from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.grant import find_profile
from leastway.service import ServerSettings
from leastway.service.outgoing import find_outgoing
from tests.echo import echoing

PROFILE = find_profile("humanitec")
LISTED = PROFILE.addresses[0].partition("/")[0]


def settings(**more: str) -> ServerSettings:
    return ServerSettings(Path("data"), **more)  # type: ignore[arg-type]  # each is a setting of text


def test_nothing_is_asked_where_nothing_is_named() -> None:
    assert find_outgoing(settings(), PROFILE) is None


@pytest.mark.parametrize(("address", "is_listed"), [(LISTED, True), ("192.0.2.9", False)])
def test_an_address_is_compared_with_the_list(address: str, is_listed: bool) -> None:
    found = find_outgoing(settings(outgoing_address=address), PROFILE)
    assert found is not None
    assert found.is_listed is is_listed
    with echoing(f"{address}\n") as url:
        assert find_outgoing(settings(address_from=url), PROFILE) == found


def test_an_echo_service_that_does_not_answer_with_an_address_is_an_error() -> None:
    with echoing("hello") as url, pytest.raises(LeastwayError, match="did not answer with an IP address"):
        find_outgoing(settings(address_from=url), PROFILE)
