"""Killed after any single write of a change, then run again: the result is the same.

The changes update every field of an object in place, which the first apply of a grant never does.
"""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from leastway.aws import AwsSites
from leastway.estate import AccessEntry, Mark, Observed, Place, Realm
from tests.contract.live.world import ACCOUNT, PROD, USER, AwsWorld
from tests.integration.aws import applier

pytestmark = pytest.mark.integration


@dataclass
class Bench:
    """A world after the steps before a given step, which can be run from there repeatedly."""

    aws: AwsWorld
    folder: Path
    sites: AwsSites = field(init=False)

    def __post_init__(self) -> None:
        self.sites = applier.open_sites(self.folder)

    def end(self) -> Any:
        """Return all objects, without the values that AWS generates each time."""
        found = {
            **self.sites.site(Realm.IAM, Place(ACCOUNT)).observe([], "acme").objects,
            **self.sites.site(Realm.EKS, PROD).observe([], "acme").objects,
        }
        marks = {
            address: Observed(observed.object, Mark(observed.mark.grant) if observed.mark else None, observed.owner)
            for address, observed in found.items()
        }
        ids = {
            observed.object.arn: observed.unique_id for observed in found.values() if hasattr(observed.object, "arn")
        }
        for observed in found.values():
            if isinstance(observed.object, AccessEntry):
                assert observed.mark is not None
                assert observed.mark.principal_id == ids[observed.object.principal]
        return marks

    def check_key(self) -> None:
        found = self.aws.client("iam").list_access_keys(UserName=USER.name)["AccessKeyMetadata"]
        (kept,) = self.folder.iterdir()
        assert [key["AccessKeyId"] for key in found] == [json.loads(kept.read_text())["aws_access_key_id"]]


def test_running_again_completes_a_change_killed_after_any_write(
    aws: AwsWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", aws.admin.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", aws.admin.secret.reveal())
    bench = Bench(aws, tmp_path)
    control = aws.sandbox.control
    assert applier.run(bench.sites, "make").is_complete
    before = control.snapshot()
    aws.writes()
    applied = applier.run(bench.sites, "change")
    assert applied.is_complete, applied.results
    writes, end = aws.writes(), bench.end()
    assert len(writes) > 15
    for nth in range(1, len(writes) + 1):
        control.restore(before)
        kill(bench, "change", nth)
        again = applier.run(bench.sites, "change")
        assert again.is_complete, (nth, writes[nth - 1], again.results)
        assert bench.end() == end, (nth, writes[nth - 1])
        assert applier.plan(bench.sites, "change").is_clean
        bench.check_key()


def kill(bench: Bench, step: str, nth: int) -> None:
    """Run the step in a separate process, which is killed after its `nth` write."""
    command = [sys.executable, "-m", "tests.integration.aws.applier", step, str(bench.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[3]) as process:
        bench.aws.sandbox.control.kill_after_write(nth, process.pid)
        process.communicate(timeout=60)
    assert process.returncode == -9
