"""Which texts can be the names of S3 buckets."""

import pytest

from leastway.registry import why_not_a_bucket_name


@pytest.mark.parametrize(
    "text", ["abc", "a" * 63, "my-company.data", "x-${context.app.id}", "${context.app.id}", "${a}-${b}", "1a2"]
)
def test_names_that_can_exist(text: str) -> None:
    assert why_not_a_bucket_name(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "less than 3"),
        ("ab", "less than 3"),
        ("a" * 64, "64 characters, at most 63"),
        ("a" * 40 + "${x}" + "a" * 24, "64 characters before"),
        ("Abc", "lower-case"),
        ("a_b", "lower-case"),
        ("${x}_b", "lower-case"),
        ("a..b", "two dots"),
        ("-abc", "begin and end"),
        ("abc.", "begin and end"),
        ("-${x}", "begin and end"),
        ("${x}-", "begin and end"),
        ("192.168.1.1", "IP address"),
        ("xn--abc", "reserves"),
        ("abc-s3alias", "reserves"),
        ("$\\{x}", "lower-case"),
    ],
)
def test_names_that_cannot_exist(text: str, words: str) -> None:
    why = why_not_a_bucket_name(text)
    assert why is not None
    assert words in why
