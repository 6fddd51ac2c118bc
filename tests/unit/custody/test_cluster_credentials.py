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


def test_a_file_with_exactly_the_two_members_is_read(tmp_path: Path) -> None:
    key_id, secret = read_cluster_credentials(written(tmp_path, json.dumps(GOOD)))
    assert (key_id, secret.reveal()) == ("AKIAONE", "hunter2")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({}, "aws_access_key_id is missing, aws_secret_access_key is missing"),
        ({"aws_secret_access_key": "hunter2"}, "aws_access_key_id is missing"),
        ({**GOOD, "aws_session_token": "hunter3"}, "it has 1 unknown member"),
        ({**GOOD, "hunter3": 1, "hunter4": 2}, "it has 2 unknown members"),
        ({**GOOD, "aws_secret_access_key": ""}, "aws_secret_access_key is empty or not a string"),
        ({**GOOD, "aws_access_key_id": " \t"}, "aws_access_key_id is empty or not a string"),
        ({**GOOD, "aws_secret_access_key": ["hunter2"]}, "aws_secret_access_key is empty or not a string"),
        ([GOOD], "it is not a JSON object"),
        ("hunter2", "it is not a JSON object"),
    ],
)
def test_any_other_content_is_rejected_without_repeating_a_value(tmp_path: Path, found: object, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as refused:
        read_cluster_credentials(written(tmp_path, json.dumps(found)))
    assert "hunter" not in refused.value.diagnostics()


def test_a_repeated_member_is_rejected_without_repeating_its_value(tmp_path: Path) -> None:
    text = json.dumps(GOOD).replace("{", '{"aws_secret_access_key": "hunter3", ')
    with pytest.raises(InvalidInputError, match="aws_secret_access_key appears twice") as refused:
        read_cluster_credentials(written(tmp_path, text))
    assert "hunter" not in refused.value.diagnostics()


@pytest.mark.parametrize("text", ["", "hunter2", '{"aws_access_key_id": "hunter2"', "[" * 200_000])
def test_invalid_json_is_rejected_without_repeating_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInputError, match="it is not valid JSON") as refused:
        read_cluster_credentials(written(tmp_path, text))
    assert "hunter" not in refused.value.diagnostics()
    assert refused.value.__cause__ is None


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_cluster_credentials(tmp_path / "none.json")
