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
"""No request comes in question: the action does not work on such a resource."""


def written(folder: Path, name: str, *statements: Json) -> Path:
    path = folder / name
    path.write_text(json.dumps({"Version": VERSION, "Statement": list(statements)}))
    return path


@pytest.mark.parametrize(("new", "nothing"), [(NOWHERE, True), (allow("s3:GetObject"), False)])
def test_a_policy_that_allows_nothing_is_said_to(tmp_path: Path, new: Json, nothing: bool) -> None:
    files = [str(written(tmp_path, "new", new)), str(written(tmp_path, "old", allow("s3:*")))]
    said = CliRunner().invoke(leastway, ["policy", "compare", *files])
    assert said.output.startswith("proved\n")
    assert ("NEW allows nothing at all" in said.output) is nothing
    values = json.loads(CliRunner().invoke(leastway, ["policy", "compare", "--json", *files]).output)
    assert (values["verdict"], values["allows_nothing"]) == ("proved", nothing)


def test_a_file_that_is_too_long_is_unknown_and_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "_MOST_CHARACTERS", 2**20)
    old, new = written(tmp_path, "old", allow("s3:*")), tmp_path / "new"
    new.write_text(" " * (2**20 + 1))
    verdict = compare_files(new, old)
    assert isinstance(verdict, Unknown)
    assert verdict.reason == f"{new} has more than 1 MiB, which is not compared"
    result = CliRunner().invoke(
        leastway, ["policy", "compare", "-", str(old)], input=new.read_text(), standalone_mode=False
    )
    assert result.return_value == ExitCode.UNKNOWN
    assert "standard input has more than 1 MiB" in result.output
