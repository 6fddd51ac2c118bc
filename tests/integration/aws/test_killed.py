"""Killed after any single write of a change, and run again: the same end.

That something was changed in every field it has, by an update in place, is what no grant's first apply shows.
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
    """A world that has come as far as a step, which may be run from there again and again."""

    aws: AwsWorld
    folder: Path
    sites: AwsSites = field(init=False)

    def __post_init__(self) -> None:
        self.sites = applier.open_sites(self.folder)

    def end(self) -> Any:
        """Return what is there, without what AWS makes up anew each time."""
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


def test_a_kill_after_any_write_is_mended_by_running_again(
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
    """Run the step in a process of its own, which is killed as its `nth` write has taken effect."""
    command = [sys.executable, "-m", "tests.integration.aws.applier", step, str(bench.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[3]) as process:
        bench.aws.sandbox.control.kill_after_write(nth, process.pid)
        process.communicate(timeout=60)
    assert process.returncode == -9
