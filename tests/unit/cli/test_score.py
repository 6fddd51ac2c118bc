"""`leastway score`: the two forms that it prints, and its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from leastway.cli.group import leastway

_SCORE = """\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: registry.example.com/shop:1
    variables: {DB: "${resources.db.host}"}
    volumes: {/data: {source: data}}
service: {ports: {www: {port: 80}}}
resources: {db: {type: postgres}, data: {type: volume}}
"""


@pytest.fixture
def score(tmp_path: Path) -> Path:
    path = tmp_path / "score.yaml"
    path.write_text(_SCORE)
    return path


def test_the_delta_is_printed_as_json(score: Path) -> None:
    done = CliRunner().invoke(leastway, ["score", str(score)])

    assert done.exit_code == 0, done.output
    module = json.loads(done.stdout)["modules"]["add"]["shop"]
    assert module["spec"]["containers"]["main"]["variables"] == {"DB": "${externals.db.host}"}


def test_the_objects_are_printed_as_yaml_documents(score: Path) -> None:
    where = ["--app", "store", "--env", "staging", "--namespace", "web"]
    done = CliRunner().invoke(leastway, ["score", str(score), "--as", "manifests", *where])

    assert done.exit_code == 0, done.output
    objects = list(yaml.safe_load_all(done.stdout))
    assert [one["kind"] for one in objects] == ["ServiceAccount", "Deployment", "Service"]
    assert {one["metadata"]["namespace"] for one in objects} == {"web"}
    assert objects[1]["spec"]["selector"]["matchLabels"]["leastway.dev/application"] == "store"
    volumes = objects[1]["spec"]["template"]["spec"]["volumes"]
    assert volumes[0]["persistentVolumeClaim"] == {"claimName": "${externals.data.claimName}"}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("image:", "imag:", "containers.main.imag: this member of a Score file is not served"),
        ("port: 80", "port: x", "service.ports.www.service_port: it is not a port"),
        ("apiVersion", "apiversion", "apiVersion: it is not a Score file of a known version"),
        ("metadata: {name: shop}", "metadata: {name: shop", "score.yaml"),
    ],
)
def test_a_file_that_cannot_be_deployed_is_refused_at_its_member(
    score: Path, before: str, after: str, message: str
) -> None:
    score.write_text(_SCORE.replace(before, after))

    done = CliRunner().invoke(leastway, ["score", str(score), "--as", "manifests"])

    assert done.exit_code != 0
    assert message in done.output + str(done.exception)
