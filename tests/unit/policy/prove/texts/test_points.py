import pytest

from leastway.policy.model import BaseOperator, Values
from leastway.policy.prove.texts.points import PointSet, find_point


def points(operator: str, *values: str) -> PointSet:
    return PointSet.of(BaseOperator(operator), Values(values))


@pytest.mark.parametrize(
    ("sets", "point"),
    [
        ([points("NumericGreaterThan", "1"), points("NumericLessThan", "2")], "1.5"),
        ([points("NumericGreaterThan", "1"), points("NumericLessThan", "9")], "2"),
        ([points("NumericGreaterThan", "9" * 40)], "1" + "0" * 40),
        ([points("NumericLessThan", "-3")], "-4"),
        ([points("NumericNotEquals", "x")], None),
        ([points("NumericEquals", "1"), points("NumericNotEquals", "1.0")], None),
        ([points("NumericEquals", "1").complement(), points("NumericNotEquals", "1").complement()], "?"),
        ([points("DateGreaterThan", "2026-01-01"), points("DateLessThan", "1767225602")], "2026-01-01T00:00:01Z"),
        ([points("DateGreaterThan", "9999-12-31T23:59:59Z")], "253402300800"),
        ([points("DateLessThan", "0001-01-01")], "-62135596801"),
        ([points("IpAddress", "10.0.0.0/8"), points("NotIpAddress", "10.0.0.0/9", "10.128.0.0/10")], "10.192.0.0"),
        ([points("IpAddress", "10.0.0.0/8"), points("NotIpAddress", "10.0.0.0/9", "10.128.0.0/9")], None),
        ([points("NotIpAddress", "0.0.0.0/0")], "2001:db8::10"),
        ([points("NotIpAddress", "0.0.0.0/0", "::/0")], None),
        ([points("NotIpAddress", "0.0.0.0/0", "::/1")], "8000::"),
        ([points("BinaryEquals", "QQ==", "Qg=="), points("BinaryEquals", "QQ==").complement()], "Qg=="),
        ([points("BinaryEquals", "MA==").complement()], "MQ=="),
    ],
)  # fmt: skip
def test_one_value_of_each_piece_is_tried(sets: list[PointSet], point: str | None) -> None:
    assert find_point(sets) == point


def test_a_number_between_two_close_numbers_is_found() -> None:
    lower, upper = "1." + "0" * 60, "1." + "0" * 59 + "1"
    found = find_point([points("NumericGreaterThan", lower), points("NumericLessThan", upper)])
    assert found == "1." + "0" * 60 + "5"
