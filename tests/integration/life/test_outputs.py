"""The JSON outputs of commands that call AWS and clusters, each compared with its schema, over the life of a grant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from leastway.cli.group import leastway
from leastway.sandbox import Sandbox
from tests.integration.life.world import make_world
from tests.outputs import Printed, check_output

pytestmark = pytest.mark.integration

LIFE = (
    Printed("plan GRANT", output="plan", code=3),
    Printed("apply GRANT --yes", output="apply"),
    Printed("plan GRANT --account 111122223333 --cluster prod", output="plan"),
    Printed("show GRANT", output="show"),
    Printed("status GRANT", output="status"),
    Printed("verify GRANT --cluster prod", output="verify", code=4),
    Printed("prove GRANT --live", output="prove"),
    Printed("export aws-cli GRANT --out scripts", output="export"),
    Printed("export aws-cli GRANT --check scripts", output="export-check"),
    Printed("export html GRANT --out review.html", output="export-html"),
    Printed("revoke GRANT --yes", output="revoke"),
    Printed("status GRANT --quick", output="status", code=3),
    Printed("revoke GRANT --restore --yes", output="revoke-restore"),
    Printed("offboard GRANT --yes", output="offboard"),
    Printed("profile diff humanitec@v0.0.5 humanitec GRANT", output="profile-diff", code=3),
)


def test_each_output_of_a_grants_life_is_as_its_schema_says(
    small_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(small_sandbox, "seed", tmp_path)
    environment = {**world.environment, "LEASTWAY_STATE": str(world.state)}
    monkeypatch.chdir(tmp_path)
    for one in LIFE:
        command = [str(world.path) if word == "GRANT" else word for word in one.words.split()]
        done = CliRunner(env=environment).invoke(leastway, [*command, "--json"], standalone_mode=False)
        assert done.exception is None, (one.words, done.stderr)
        check_output(json.loads(done.stdout), one.output)
        assert (done.return_value or 0) == one.code, one.words
