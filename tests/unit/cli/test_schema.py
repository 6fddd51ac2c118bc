"""`leastway schema`, and the schema that `leastway init` writes next to a grant."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from leastway.app.init import start_grant
from leastway.app.pages import schema_names
from leastway.errors import ExitCode
from tests.unit.cli.test_usage import ended

SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"


@pytest.mark.parametrize("name", ["definition", "grant", "plan", "profile"])
def test_a_schema_is_printed_as_it_is_in_the_documentation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert not ended(monkeypatch, "schema", name)
    printed = capsys.readouterr().out
    assert printed == (SCHEMAS / f"{name}.schema.json").read_text()
    jsonschema.Draft202012Validator.check_schema(json.loads(printed))


def test_the_names_are_listed_and_a_wrong_one_gets_a_suggestion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not ended(monkeypatch, "schema")
    assert capsys.readouterr().out.split() == list(schema_names())
    assert ended(monkeypatch, "schema", "grnt") == ExitCode.USAGE
    assert "did you mean grant?" in capsys.readouterr().err


def test_a_new_grant_names_the_schema_next_to_it_and_another_one_keeps_it(tmp_path: Path) -> None:
    first = start_grant(tmp_path / "grant.yaml", name="acme", discover=False)
    schema = tmp_path / "grant.schema.json"
    assert schema in first.paths
    head = (tmp_path / "grant.yaml").read_text().splitlines()[0]
    assert head == f"# yaml-language-server: $schema={schema.name}"
    text = (tmp_path / "grant.yaml").read_text().replace("<<ACCOUNT_ID>>", "111122223333")
    grant = yaml.safe_load(text.replace("<<REGION>>", "eu-central-1").replace("<<", "a").replace(">>", "b"))
    assert set(grant) <= set(json.loads(schema.read_text())["properties"])

    schema.write_text("{}")
    second = start_grant(tmp_path / "other.yaml", discover=False)
    assert schema in second.kept
    assert schema.read_text() == "{}"
