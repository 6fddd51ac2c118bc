"""`leastway definition check`."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

DEFINITION = """apiVersion: leastway.dev/v1alpha1
kind: Definition
id: acme-shop-s3
type: s3
source: {url: https://git.example.com/infrastructure.git, rev: refs/heads/main}
variables: {region: eu-central-1, extra: 1}
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "module"
    (folder / ".terraform").mkdir(parents=True)
    (folder / ".terraform" / "x.tf").write_text('data "external" "hidden" {}\n')
    (folder / "main.tf").write_text('variable "region" {}\nvariable "bucket" {}\n')
    (tmp_path / "definition.yaml").write_text(DEFINITION)
    return folder


@pytest.mark.usefixtures("module")
def test_a_module_is_compared_with_its_definition(run: Run) -> None:
    code, out, err = run("definition", "check", "module", "--definition", "definition.yaml")
    assert code == 3
    assert "error[missing-variable]: the module needs the variable bucket" in out
    assert "--> module/main.tf:2:1 variable.bucket" in out
    assert "warning[undeclared-variable]: the definition gives the variable extra" in out
    assert out.endswith("1 file: 1 error, 1 warning\n")
    assert err == ""


@pytest.mark.usefixtures("module")
def test_without_a_definition_variables_are_not_compared_and_that_is_said(run: Run) -> None:
    assert run("definition", "check", "module") == (
        0,
        "1 file: nothing found\n",
        "No definition was given, so the module's variables were not compared.\n",
    )


@pytest.mark.usefixtures("module")
def test_json_and_sarif_have_the_findings(run: Run) -> None:
    words = ("definition", "check", "module", "--definition", "definition.yaml")
    found = json.loads(run(*words, "--json")[1])
    assert [one["rule"] for one in found["findings"]] == ["missing-variable", "undeclared-variable"]
    assert "catalog" not in found["summary"]
    (sarif,) = json.loads(run(*words, "--sarif")[1])["runs"]
    assert [one["ruleId"] for one in sarif["results"]] == ["missing-variable", "undeclared-variable"]
    rules = [one["id"] for one in sarif["tool"]["driver"]["rules"]]
    assert [rules[one["ruleIndex"]] for one in sarif["results"]] == ["missing-variable", "undeclared-variable"]
    assert run(*words, "--json", "--sarif")[0] == 2


@pytest.mark.usefixtures("module")
def test_findings_are_allowed_with_a_reason(run: Run) -> None:
    words = ("definition", "check", "module", "--definition", "definition.yaml")
    allowed = ("--allow", "missing-variable=the driver gives it", "--allow", "undeclared-variable=old module")
    assert run(*words, *allowed)[0] == 0
    code, _, err = run(*words, "--allow", "missing-varable=x")
    assert code == 2
    assert "did you mean missing-variable?" in err


def test_what_cannot_be_checked_is_said(run: Run, module: Path) -> None:
    (module / "broken.tf").write_text('variable "x" {\n')
    (module / "main.tf.json").write_text("{}")
    code, out, _ = run("definition", "check", "module")
    assert code == 4
    assert "not checked: the file is not valid HCL here" in out
    assert "2 not checked" in out
    (module / "empty").mkdir()
    assert "no Terraform files" in run("definition", "check", "module/empty")[2]
    (module / "loop.tf").symlink_to("loop.tf")
    assert run("definition", "check", "module")[0] == 4


def test_a_definition_that_is_wrong_is_named(run: Run, module: Path) -> None:
    (module.parent / "definition.yaml").write_text("kind: Definition\n")
    code, _, err = run("definition", "check", "module", "--definition", "definition.yaml")
    assert code == 2
    assert "definition.yaml" in err
