from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from leastway.grant.schema import definition_schema, grant_schema, profile_schema, schema_text
from tests.yaml_cases import cases_in

from .laying_out import CASES, EXAMPLES, ROOT, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMAS = {"grant": grant_schema, "profile": profile_schema, "definition": definition_schema}
BUNDLED = ROOT / "src" / "leastway" / "grant" / "profiles"
# The rules that a schema alone can check: types and single values.
SINGLE_VALUES = [
    *("access-kind", "account-id", "cluster-name", "empty", "grant-name", "group-name", "missing-field", "no-value"),
    *("out-of-range", "region", "role-arn", "too-long", "too-many", "unknown-field", "unknown-value"),
    *("unquoted-value", "way-in", "wrong-type"),
]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_schema_is_up_to_date(name: str) -> None:
    committed = (ROOT / "docs" / "schema" / f"{name}.schema.json").read_text()
    assert committed == schema_text(SCHEMAS[name]()), f"write docs/schema/{name}.schema.json again"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_has_a_description(name: str) -> None:
    schema = SCHEMAS[name]()
    jsonschema.Draft202012Validator.check_schema(schema)
    fields = list(_fields(schema))
    assert len(fields) > 10
    assert [place for place, field in fields if not field.get("description", "").endswith(".")] == []
    assert "null" not in json.dumps(schema)


def _fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for model in (schema, *schema["$defs"].values()):
        yield from model["properties"].items()


@pytest.mark.parametrize(
    "path",
    [*EXAMPLES.glob("*/grant.yaml"), CASES / "base" / "grant.yaml"],
    ids=lambda path: "-".join(path.parts[-2:]),
)
def test_the_schema_accepts_a_valid_grant(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text()), grant_schema())


@pytest.mark.parametrize("path", [*BUNDLED.rglob("*.yaml"), CASES / "base" / "platform.yaml"], ids=str)
def test_the_schema_accepts_a_valid_profile(path: Path) -> None:
    jsonschema.validate(yaml.load(path.read_text(), yaml.BaseLoader), profile_schema())


def invalid_values() -> list[Any]:
    cases = [(rule, case) for rule in SINGLE_VALUES for case in cases_in(CASES / f"{rule}.yaml")]
    in_the_grant = [(rule, case) for rule, case in cases if case["expected"].startswith("grant.yaml")]
    return [pytest.param(case, id=f"{rule}: {case['case']}") for rule, case in in_the_grant]


@cache
def grant_validator() -> Any:
    schema = grant_schema()
    return jsonschema.validators.validator_for(schema)(schema)


@pytest.mark.parametrize("case", invalid_values())
def test_the_schema_rejects_invalid_single_values(case: dict[str, Any], tmp_path: Path) -> None:
    document = yaml.safe_load(lay_out(case, tmp_path / "grant").read_text())
    with pytest.raises(jsonschema.ValidationError):
        grant_validator().validate(document)
