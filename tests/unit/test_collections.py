"""When the garbage of tests is collected (`tests/conftest.py`)."""

from __future__ import annotations

import gc


def test_nothing_is_collected_within_a_small_test() -> None:
    assert not gc.isenabled()
