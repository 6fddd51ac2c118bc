"""docs/tutorial.md: its commands run in its order on the embedded AWS, with the exit codes that it says."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from leastway.sandbox import Sandbox
from tests.integration.life.desk import Desk
from tests.integration.life.world import world_of

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[3] / "docs" / "tutorial.md"
BLOCKS = re.findall(r"^```(sh|yaml|json)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
FILES = {"yaml": "grant.yaml", "json": "s3.json"}
SAID = re.compile(r"#.*?\bexits with (\d)")


def test_the_commands_of_the_tutorial_do_what_it_says(small_sandbox: Sandbox, warm_path: str, tmp_path: Path) -> None:
    if shutil.which("aws") is None:
        pytest.skip("aws is not installed")
    here = tmp_path / "here"
    here.mkdir()
    written = {FILES[kind]: text for kind, text in BLOCKS if kind in FILES}
    for name, text in written.items():
        (here / name).write_text(text)
    desk = Desk(world_of(small_sandbox, here / "grant.yaml", tmp_path), tmp_path, warm_path)
    for name in written:
        (here / name).unlink()

    said: dict[str, str] = {}
    for kind, text in BLOCKS:
        if kind in FILES:
            (here / FILES[kind]).write_text(text)
            continue
        for line in text.splitlines():
            expected = int(found[1]) if (found := SAID.search(line)) else 0
            said[line.partition("#")[0].strip()] = desk.run("sh", "-c", line, expect=expected).stdout

    assert len(said) > 15
    assert "wrote grant.yaml" in said["leastway init --region eu-central-1"]
    assert "refuted" not in said["leastway prove --live"]
    assert "<svg" in (here / "review.html").read_text()
    assert "Nothing left" in said["leastway offboard --yes"]
    left = json.loads(desk.run("aws", "iam", "list-roles", "--output", "json").stdout)["Roles"]
    assert not [role["RoleName"] for role in left if role["RoleName"].startswith("humanitec")]
