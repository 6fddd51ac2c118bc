import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from leastway.app.policy import compare as comparing
from leastway.app.policy.compare import compare_files
from leastway.cli.group import leastway
from leastway.errors import ExitCode
from leastway.policy.prove import Unknown
from tests.unit.policy.prove.policies import VERSION, Json, allow

NOWHERE = allow("eks:DescribeInsight", "arn:aws:s3:::none")
"""No request is possible: the action does not support this type of resource."""


def written(folder: Path, name: str, *statements: Json) -> Path:
    path = folder / name
    path.write_text(json.dumps({"Version": VERSION, "Statement": list(statements)}))
    return path


@pytest.mark.parametrize(("new", "nothing"), [(NOWHERE, True), (allow("s3:GetObject"), False)])
def test_a_policy_that_allows_nothing_is_reported(tmp_path: Path, new: Json, nothing: bool) -> None:
    files = [str(written(tmp_path, "new", new)), str(written(tmp_path, "old", allow("s3:*")))]
    output = CliRunner().invoke(leastway, ["policy", "compare", *files])
    assert output.output.startswith("proved\n")
    assert ("NEW allows nothing at all" in output.output) is nothing
    values = json.loads(CliRunner().invoke(leastway, ["policy", "compare", "--json", *files]).output)
    assert (values["verdict"], values["allows_nothing"]) == ("proved", nothing)


def test_a_file_that_is_too_long_is_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "_MOST_CHARACTERS", 2**20)
    old, new = written(tmp_path, "old", allow("s3:*")), tmp_path / "new"
    new.write_text(" " * (2**20 + 1))
    verdict = compare_files(new, old)
    assert isinstance(verdict, Unknown)
    assert verdict.reason == f"{new} is larger than 1 MiB, and is not compared"
    result = CliRunner().invoke(
        leastway, ["policy", "compare", "-", str(old)], input=new.read_text(), standalone_mode=False
    )
    assert result.return_value == ExitCode.UNKNOWN
    assert "standard input is larger than 1 MiB" in result.output
