import json
from pathlib import Path

import pytest

from leastway.custody import read_cluster_credentials
from leastway.errors import InvalidInputError

GOOD = {"aws_access_key_id": "AKIAONE", "aws_secret_access_key": "hunter2"}


def written(folder: Path, text: str) -> Path:
    path = folder / "key.json"
    path.write_text(text)
    return path


def test_exactly_the_two_members_are_taken(tmp_path: Path) -> None:
    key_id, secret = read_cluster_credentials(written(tmp_path, json.dumps(GOOD)))
    assert (key_id, secret.reveal()) == ("AKIAONE", "hunter2")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({}, "aws_access_key_id is missing, aws_secret_access_key is missing"),
        ({"aws_secret_access_key": "hunter2"}, "aws_access_key_id is missing"),
        ({**GOOD, "aws_session_token": "hunter3"}, "1 other member does not belong there"),
        ({**GOOD, "hunter3": 1, "hunter4": 2}, "2 other members do not belong there"),
        ({**GOOD, "aws_secret_access_key": ""}, "aws_secret_access_key is no text, or empty"),
        ({**GOOD, "aws_access_key_id": " \t"}, "aws_access_key_id is no text, or empty"),
        ({**GOOD, "aws_secret_access_key": ["hunter2"]}, "aws_secret_access_key is no text, or empty"),
        ([GOOD], "it is no JSON object"),
        ("hunter2", "it is no JSON object"),
    ],
)
def test_anything_else_is_refused_without_a_value(tmp_path: Path, found: object, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as refused:
        read_cluster_credentials(written(tmp_path, json.dumps(found)))
    assert "hunter" not in refused.value.diagnostics()


def test_a_member_that_stands_there_twice_is_refused_without_a_value(tmp_path: Path) -> None:
    text = json.dumps(GOOD).replace("{", '{"aws_secret_access_key": "hunter3", ')
    with pytest.raises(InvalidInputError, match="aws_secret_access_key stands there twice") as refused:
        read_cluster_credentials(written(tmp_path, text))
    assert "hunter" not in refused.value.diagnostics()


@pytest.mark.parametrize("text", ["", "hunter2", '{"aws_access_key_id": "hunter2"', "[" * 200_000])
def test_what_is_no_json_is_refused_without_a_value(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInputError, match="it is no JSON") as refused:
        read_cluster_credentials(written(tmp_path, text))
    assert "hunter" not in refused.value.diagnostics()
    assert refused.value.__cause__ is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_cluster_credentials(tmp_path / "none.json")
