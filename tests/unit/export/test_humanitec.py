import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from leastway.compiler import compile_grant, registrations_of
from leastway.estate import AuthMode
from leastway.export import FORMATS, CannotExportError, ExportRequest
from leastway.export.hcl import Attribute, Block, FunctionCall, hcl_text
from leastway.grant import Grant, Identity, load_grant
from leastway.registry import GitCredential
from tests.unit.compiler.conftest import EXTERNAL_IDS, facts_of, grant_of
from tests.unit.compiler.test_registrations import KEYS, S3, grant_with
from tests.unit.export.terraform_binary import is_formatted, outputs
from tests.unit.grant.laying_out import EXAMPLES, ROOT

PRIVATE = replace(S3, source=replace(S3.source, credential=GitCredential.PASSWORD))
GRANTS = {
    "role": grant_with(PRIVATE),
    "user": grant_with(replace(PRIVATE, keys=KEYS), Identity.IAM_USER),
}
SCHEMAS = {
    "POST /orgs/{orgId}/resources/accounts": "CreateResourceAccountRequestRequest",
    "POST /orgs/{orgId}/resources/defs": "CreateResourceDefinitionRequestRequest",
}


def exported(grant: Grant) -> dict[str, str]:
    estate = compile_grant(grant, facts_of("prod", AuthMode.API), EXTERNAL_IDS).estate
    request = ExportRequest(
        grant.platform.name,
        "test",
        estate,
        "humanitec",
        "humanitec",
        registrations=lambda: registrations_of(grant, EXTERNAL_IDS),
    )
    return dict(FORMATS["humanitec"].export(request))


def requests_in(files: dict[str, str]) -> list[Any]:
    return [json.loads(text) for name, text in files.items() if name.endswith(".json")]


@pytest.mark.parametrize("grant", GRANTS)
def test_request_bodies_match_the_api_description(grant: str) -> None:
    path = Path(os.environ.get("LEASTWAY_HUMANITEC_OPENAPI") or ROOT.parent / "shared" / "humanitec" / "openapi.json")
    if not path.is_file():
        pytest.skip("LEASTWAY_HUMANITEC_OPENAPI does not name a description of Humanitec's API")
    described = json.loads(path.read_text())
    found = requests_in(exported(GRANTS[grant]))
    assert {each["request"] for each in found} == set(SCHEMAS)
    for each in found:
        schema = {"$ref": f"#/components/schemas/{SCHEMAS[each['request']]}", "components": described["components"]}
        jsonschema.Draft4Validator(schema).validate(each["body"])
        known = described["components"]["schemas"][SCHEMAS[each["request"]]]["properties"]
        assert each["body"].keys() <= known.keys()


@pytest.mark.parametrize("grant", GRANTS)
def test_terraform_and_api_get_the_same_inputs(grant: str, tmp_path: Path) -> None:
    """The provider accepts JSON texts, the API nested JSON; Terraform evaluates the former."""
    files = exported(GRANTS[grant])
    definitions = files["terraform/definitions.tf"]
    (tmp_path / "main.tf").write_text(_as_outputs(definitions))
    (tmp_path / "variables.tf").write_text(_with_defaults(files["terraform/variables.tf"]))
    found = outputs(tmp_path)
    bodies = [each["body"] for each in requests_in(files) if each["request"].endswith("/defs")]
    assert len(found) == len(bodies) > 1
    for body in bodies:
        inputs = found[body["id"].replace("-", "_")]
        assert json.loads(inputs["values_string"]) == body["driver_inputs"]["values"]
        secrets = json.loads(inputs.get("secrets_string", "{}"))
        assert _references(secrets) == body["driver_inputs"].get("secret_refs", {})


@pytest.mark.parametrize("grant", GRANTS)
def test_older_form_with_json_text_per_leaf_gives_the_same_inputs(grant: str, tmp_path: Path) -> None:
    """The form in the onboarding document: `values = {source = jsonencode(...), variables = jsonencode(...)}`."""
    bodies = [each["body"] for each in requests_in(exported(GRANTS[grant])) if each["request"].endswith("/defs")]
    blocks = []
    for body in bodies:
        older = {leaf: FunctionCall("jsonencode", (value,)) for leaf, value in body["driver_inputs"]["values"].items()}
        blocks.append(Block("output", (body["id"].replace("-", "_"),), (Attribute("value", older),)))
    (tmp_path / "main.tf").write_text(hcl_text(blocks))
    found = outputs(tmp_path)
    for body in bodies:
        older = found[body["id"].replace("-", "_")]
        assert {leaf: json.loads(text) for leaf, text in older.items()} == body["driver_inputs"]["values"]


def _as_outputs(text: str) -> str:
    """Turn each definition into an output of its inputs, which needs no provider."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith('resource "humanitec_resource_definition" '):
            label = line.split('"')[3]
            kept.append(f'output "{label}" {{\n  sensitive = true')
        elif line.startswith("  driver_inputs = {"):
            kept.append("  value = {")
            inside = True
        elif line == "}" and inside:
            kept.append("}")
            inside = False
        elif inside:
            kept.append(line)
    return "\n".join(kept) + "\n"


def _with_defaults(text: str) -> str:
    return text.replace("nullable    = false", 'default     = "given"')


def _references(secrets: Any) -> Any:
    if isinstance(secrets, dict):
        return {key: _references(value) for key, value in secrets.items()}
    assert secrets == "given"
    return {"value": None}


@pytest.mark.parametrize("grant", GRANTS)
def test_files_are_formatted_as_by_terraform_fmt(grant: str, tmp_path: Path) -> None:
    for name, text in exported(GRANTS[grant]).items():
        if name.endswith(".tf"):
            (tmp_path / Path(name).name).write_text(text)
    assert is_formatted(tmp_path)


def test_secrets_are_variables_and_in_no_file() -> None:
    files = exported(GRANTS["user"])
    variables = files["terraform/variables.tf"]
    assert variables.count("sensitive   = true") == variables.count("variable ") == 3
    assert "access_key = var.acme_111122223333_key_id" in files["terraform/definitions.tf"]
    account = json.loads(files["json/accounts/acme-111122223333.json"])["body"]
    assert account["credentials"] == {"aws_access_key_id": None, "aws_secret_access_key": None}
    for name in ("acme_111122223333_key_secret", "aws_terraform_s3_password"):
        assert name in files["README.md"]
    assert "can read it" in files["README.md"]
    assert "can read it" not in exported(GRANTS["role"])["README.md"]


def test_placeholders_of_the_platform_are_escaped_for_terraform() -> None:
    assert "my-app-$${context.app.id}-$${context.env.id}" in exported(GRANTS["role"])["terraform/definitions.tf"]


def test_grant_without_registrations_is_rejected() -> None:
    with pytest.raises(CannotExportError, match="nothing to register"):
        exported(grant_of())


def test_grant_of_another_platform_is_rejected() -> None:
    grant = GRANTS["role"]
    with pytest.raises(CannotExportError, match="shipyard"):
        exported(replace(grant, platform=replace(grant.platform, name="shipyard")))


@pytest.mark.parametrize("name", ["humanitec", "humanitec-keys"])
def test_example_modules_declare_the_variables_they_get(name: str, tmp_path: Path) -> None:
    assert is_formatted(EXAMPLES / name)
    grant = load_grant(EXAMPLES / name / "grant.yaml")
    found = registrations_of(grant, EXTERNAL_IDS)
    for role in grant.accounts[0].roles:
        for definition in role.definitions:
            module = EXAMPLES / name / "modules" / definition.source.path.rpartition("/")[2].replace("bucket", "s3")
            declared = {
                line.split('"')[1]
                for line in (module / "variables.tf").read_text().splitlines()
                if line.startswith("variable ")
            }
            (registered,) = (each for each in found.definitions if each.id == definition.id)
            given = {*registered.values["variables"], *registered.secrets.get("variables", {})}
            assert given <= declared, "the module gets variables that it does not declare"
            assert "assume_role {" in (module / "main.tf").read_text() or definition.keys is None
