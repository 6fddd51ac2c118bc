"""Logs: JSON lines, with secrets masked."""

import json
import logging
import sys

import pytest

from leastway.api.logs import _JsonLines, masked

KEY = "wJalrXUtnFEMI/K7MDENG+" + "b" * 18


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"token {'lwt_' + 'a' * 43} used", "token *** used"),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: Bearer ***"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"),
        (f"the key is {KEY}.", "the key is ***."),
        ('{"aws_secret_access_key": "short"}', '{"aws_secret_access_key": "***"}'),
        ("{'SessionToken': 'FwoG'}", "{'SessionToken\": \"***'}"),
        ("k8s-aws-v1.aHR0cHM6Ly9zdHM", "***"),
        (
            "GET /?X-Amz-Security-Token=FwoGZX&X-Amz-Signature=abc HTTP",
            "GET /?X-Amz-Security-Token=***&X-Amz-Signature=*** HTTP",
        ),
        ("postgresql://user:pass@host/db", "postgresql://***@host/db"),
        (
            "postgresql://user@host/db?password=pass&sslmode=require",
            "postgresql://user@host/db?password=***&sslmode=require",
        ),
        (f"the token is FwoGZXIvYXdzEBYaD{'h7' * 50}.", "the token is ***."),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "***"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "role arn:aws:iam::111122223333:role/humanitec-s3 refused",
        "request 8138184a970d4fb9a55543edcedb854b",
        "AKIAEXAMPLE",
    ],
)
def test_ids_and_arns_are_not_masked(text: str) -> None:
    assert masked(text) == text


def test_a_line_is_one_json_object_even_with_a_traceback() -> None:
    try:
        raise ValueError(f"bad {KEY}")
    except ValueError:
        error = sys.exc_info()
    record = logging.LogRecord("leastway.api", logging.ERROR, __file__, 1, "line\nbreak", (), error)
    record.request_id = "abc"
    line = _JsonLines().format(record)
    assert "\n" not in line
    read = json.loads(line)
    assert read["request_id"] == "abc"
    assert read["level"] == "error"
    assert KEY not in line
    assert "ValueError: bad ***" in read["error"]
