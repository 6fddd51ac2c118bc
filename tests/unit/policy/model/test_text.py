import pytest

from leastway.policy import PolicyError, PolicyKind, parse_policy


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('{\n  "Version": "2012-10-17",\n  "Version": "2012-10-17"}', 3, 3, '"Version" appears twice'),
        ('{"Statement": [\n {"Effect": "Allow", "Effect": "Deny"}]}', 2, 22, '"Effect" appears twice'),
        ('{"Statement": [\n {"Effect": "Permit"}]}', 2, 13, "not .Permit"),
        ('{"Statement": [\n {"effect": "Allow"}]}', 2, 3, "did you mean Effect"),
        ('{"Statement": {"Effect": "Allow",\n "Effect": "Deny"}}, ]', 2, 2, '"Effect" appears twice'),
        ("{\n", 2, 1, "not valid JSON"),
    ],
)
def test_an_error_in_text_names_line_and_column(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as caught:
        parse_policy(text, kind=PolicyKind.IDENTITY, name="s3.json")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert f"s3.json:{line}:{column}" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"Statement": NaN}', '{"Version": ' + "1" * 5000 + "}", b"\xff\xfe", '{"\\ud800": 1}', ""],
)
def test_text_that_cannot_be_parsed_is_a_policy_error(text: str | bytes) -> None:
    with pytest.raises(PolicyError):
        parse_policy(text, kind=PolicyKind.IDENTITY)
