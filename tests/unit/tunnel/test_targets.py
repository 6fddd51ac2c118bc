"""What an agent connects to, however the server writes it."""

from __future__ import annotations

import pytest

from leastway.errors import InvalidInputError
from leastway.tunnel import AgentTargets, parse_target


@pytest.mark.parametrize(
    ("target", "asked", "is_found"),
    [
        ("api.example:443", ("API.Example", 443), True),
        ("api.example:443", ("api.example.", 443), True),
        ("api.example.:443", ("api.example", 443), True),
        ("api.example:443", ("api.example..", 443), False),
        ("api.example:443", ("api.example", 6443), False),
        ("api.example:443", ("xapi.example", 443), False),
        ("[fd00:0::1]:443", ("fd00::1", 443), True),
        ("[FD00::1]:443", ("fd00:0:0:0:0:0:0:1", 443), True),
        ("[fd00::1]:443", ("fd00::2", 443), False),
        ("10.0.0.1:443", ("10.0.0.1", 443), True),
        ("10.0.0.1:443", ("::ffff:10.0.0.1", 443), False),
    ],
)
def test_a_target_is_found_however_it_is_written(target: str, asked: tuple[str, int], is_found: bool) -> None:
    found = AgentTargets([parse_target(target)]).find(*asked)
    assert (found is not None) is is_found


@pytest.mark.parametrize(
    "text", ["", "a", "a:", ":1", "a:0", "a:65536", "a:1x", "a b:1", "a:1=", "a:1=b", "[::1:1", "-a:1"]
)
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not HOST:PORT"):
        parse_target(text)
