"""The JSON outputs: each has a schema, and those of the transcripts are as their schemas say."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from leastway.cli.terminal import headed
from tests.outputs import FOLDER, Printed, check_output, names
from tests.unit.cli.conftest import Run

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "src" / "leastway" / "cli"
TRANSCRIPTS = sorted((ROOT / "tests" / "golden").rglob("*.txt"))
TABLE = re.compile(r"^\| `output/([a-z-]+)` \|", re.MULTILINE)
EMITTED = re.compile(r"\b(?:emit|headed)\(\s*\"([a-z-]+)\"")


def outputs_in(path: Path) -> list[Any]:
    """Return the JSON objects in a transcript: each begins with a line `{`, and ends with a line `}`."""
    texts = re.findall(r"^\{\n.*?^\}$", path.read_text(), re.MULTILINE | re.DOTALL)
    return [output for output in map(json.loads, texts) if "schema" in output]


def test_each_output_has_a_schema_and_a_line_in_the_documentation() -> None:
    emitted = {name for path in SOURCE.rglob("*.py") for name in EMITTED.findall(path.read_text())}
    assert emitted == names() == set(TABLE.findall((ROOT / "docs" / "json.md").read_text()))


@pytest.mark.parametrize("name", sorted(names()))
def test_each_schema_is_one_and_names_its_output(name: str) -> None:
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    head = headed(name, {})
    assert {member: schema["properties"][member]["const"] for member in head} == head
    assert set(head) <= set(schema["required"])


def test_the_outputs_of_the_transcripts_are_as_their_schemas_say() -> None:
    seen = set()
    for path in TRANSCRIPTS:
        for output in outputs_in(path):
            name = output["schema"].removeprefix("output/")
            check_output(output, name)
            seen.add(name)
    assert seen >= {"audit-show", "audit-verify", "policy-compare", "policy-eval", "policy-test", "profile-diff"}
    assert seen >= {"profile-list", "resolve", "rotate"}


def test_outputs_without_a_grant_are_as_their_schemas_say(run: Run, tmp_path: Path) -> None:
    (tmp_path / "admin.json").write_text('{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}')
    (tmp_path / "broken.json").write_text('{"Statement": [')
    for one in (
        Printed("init new/grant.yaml --no-discovery --platform spacelift", output="init"),
        Printed("policy lint admin.json broken.json --allow not-principal=none", output="findings", code=3),
        Printed("profile show spacelift", output="profile-show"),
        Printed("profile show github-actions", output="profile-show"),
        Printed("explain", output="explain-pages"),
        Printed("explain full-privileges", output="explain"),
    ):
        ended, out, _ = run(*one.words.split(), "--json")
        assert ended == one.code, one.words
        check_output(json.loads(out), one.output)


def compared(tests: Path) -> set[str]:
    """Return the names that tests compare with what a command printed: by `check_output`, or in a table of Printed."""
    found = set()
    for path in tests.rglob("*.py"):
        if "check_output(" not in (text := path.read_text()):
            continue
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            given = call.args[1:2] if name == "check_output" else []
            given += [each.value for each in call.keywords if name == "Printed" and each.arg == "output"]
            found |= {str(each.value) for each in given if isinstance(each, ast.Constant)}
    return found


def test_what_each_output_really_is_is_compared_with_its_schema() -> None:
    transcripts = {output["schema"].removeprefix("output/") for path in TRANSCRIPTS for output in outputs_in(path)}
    assert names() - transcripts - compared(ROOT / "tests") == set()


def test_an_output_that_no_test_compares_is_found(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        'check_output(found, "plan")\nPrinted("show", output="show")\nother("kill-on")\n'
    )
    (tmp_path / "test_b.py").write_text('Printed("kill list", output="kill-list")\n')
    assert compared(tmp_path) == {"plan", "show"}


def test_a_schema_is_printed_by_its_name(run: Run) -> None:
    _, out, _ = run("schema", "output/plan")
    assert out == (FOLDER / "plan.schema.json").read_text()
    assert "output/policy-eval" in run("schema")[1].splitlines()
    code, _, err = run("schema", "output/plann")
    assert code == 2
    assert "did you mean output/plan?" in err
    assert run("schema", "output/../grant")[0] == 2


def test_a_member_that_a_schema_lacks_is_found() -> None:
    output = headed("explain", {"page": "x.md", "text": "x"})
    check_output(output, "explain")
    with pytest.raises(jsonschema.ValidationError):
        check_output({**output, "more": 1}, "explain")
    with pytest.raises(jsonschema.ValidationError):
        check_output(headed("explain", {"page": "x.md"}), "explain")
