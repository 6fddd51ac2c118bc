import datetime as dt

import pytest

from leastway.ports import UserKey
from leastway.reconcile import OLD_AFTER, UNUSED_AFTER, KeyFlag, key_status

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
MOMENT = dt.timedelta(seconds=1)


def flags(
    age: dt.timedelta, idle: dt.timedelta | None = None, *, active: bool = True, known: str = "AKIA1"
) -> tuple[KeyFlag, ...]:
    used = None if idle is None else NOW - idle
    return key_status("111122223333", "u", UserKey("AKIA1", active, NOW - age, used), {known}, NOW).flags


@pytest.mark.parametrize(
    ("age", "idle", "expected"),
    [
        (OLD_AFTER - MOMENT, MOMENT, ()),
        (OLD_AFTER, MOMENT, (KeyFlag.OLD,)),
        (UNUSED_AFTER - MOMENT, None, ()),
        (UNUSED_AFTER, None, (KeyFlag.UNUSED,)),
        (OLD_AFTER, UNUSED_AFTER, (KeyFlag.OLD, KeyFlag.UNUSED)),
        (OLD_AFTER, UNUSED_AFTER - MOMENT, (KeyFlag.OLD,)),
    ],
)
def test_a_key_is_old_after_90_days_and_unused_after_45(
    age: dt.timedelta, idle: dt.timedelta | None, expected: tuple[KeyFlag, ...]
) -> None:
    assert flags(age, idle) == expected


def test_a_key_that_leastway_did_not_create_is_unknown() -> None:
    assert flags(MOMENT, known="AKIA2") == (KeyFlag.UNKNOWN,)


def test_an_inactive_key_is_flagged() -> None:
    assert flags(MOMENT, active=False) == (KeyFlag.INACTIVE,)
