"""The wheel: what `pip install` unpacks explains findings and prints schemas, without the repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest

pytestmark = pytest.mark.integration

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the wheel, in a folder."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    zipfile.ZipFile(wheel).extractall(site)
    return site


def run(unpacked: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    command = [sys.executable, "-m", "leastway", *words]
    return subprocess.run(
        command, cwd=unpacked.parent, env=environment, check=False, capture_output=True, text=True, timeout=120
    )


def test_pages_and_schemas_are_part_of_an_installation(unpacked: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import leastway; print(leastway.__file__)"],
        cwd=unpacked.parent,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(unpacked)
    explained = run(unpacked, "explain", "full-privileges", "--json")
    assert explained.returncode == 0, explained.stderr
    assert json.loads(explained.stdout)["text"] == (REPOSITORY / "docs/findings/full-privileges.md").read_text()
    assert run(unpacked, "schema", "grant").stdout == (REPOSITORY / "docs/schema/grant.schema.json").read_text()


def test_the_address_of_a_finding_is_a_page_of_the_installation(unpacked: Path) -> None:
    policy = unpacked.parent / "policy.json"
    policy.write_text('{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
    found = run(unpacked, "policy", "lint", str(policy), "--sarif")
    assert found.returncode == 3, found.stderr
    rules = json.loads(found.stdout)["runs"][0]["tool"]["driver"]["rules"]
    (address,) = [rule["helpUri"] for rule in rules if rule["id"] == "full-privileges"]
    page = Path(url2pathname(urlparse(address).path))
    assert page.is_relative_to(unpacked)
    assert page.read_text().startswith("# full-privileges\n")
