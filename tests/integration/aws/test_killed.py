"""Killed after any single write, and run again: the same end, and nothing left over."""

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

ORDER = ("make", "change", "offboard")


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

    def keys(self) -> set[str]:
        iam = self.aws.client("iam")
        try:
            found = iam.list_access_keys(UserName=USER.name)["AccessKeyMetadata"]
        except iam.exceptions.NoSuchEntityException:
            return set()
        return {key["AccessKeyId"] for key in found}

    def check_custody(self, step: str) -> None:
        kept = self.folder / f"{ACCOUNT}-{USER.name}.json"
        if step == "offboard":
            assert self.keys() == set()
            return
        assert self.keys() == {json.loads(kept.read_text())["aws_access_key_id"]}
        assert [path.name for path in self.folder.iterdir()] == [kept.name]

    def check_nothing_left(self) -> None:
        iam, eks = self.aws.client("iam"), self.aws.client("eks")
        assert [one["UserName"] for one in iam.list_users()["Users"]] == ["admin"]
        assert not [one for one in iam.list_roles()["Roles"] if "humanitec" in one["RoleName"]]
        assert iam.list_policies(Scope="Local")["Policies"] == []
        assert eks.describe_cluster(name="prod")["cluster"]["tags"] == {"team": "shop"}
        group = eks.describe_nodegroup(clusterName="prod", nodegroupName="workers")["nodegroup"]
        assert group["tags"] == {}
        assert not [one for one in eks.list_access_entries(clusterName="prod")["accessEntries"] if "humanitec" in one]


@pytest.mark.parametrize("step", ORDER)
def test_a_kill_after_any_write_is_mended_by_running_again(
    aws: AwsWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", aws.admin.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", aws.admin.secret.reveal())
    bench = Bench(aws, tmp_path)
    control = aws.sandbox.control
    for earlier in ORDER[: ORDER.index(step)]:
        assert applier.run(bench.sites, earlier).is_complete
    before, files = control.snapshot(), {path: path.read_text() for path in tmp_path.iterdir()}
    aws.writes()
    applied = applier.run(bench.sites, step)
    assert applied.is_complete, applied.results
    writes, end = aws.writes(), bench.end()
    assert len(writes) > 8
    for nth in range(1, len(writes) + 1):
        control.restore(before)
        for path in tmp_path.iterdir():
            path.unlink()
        for path, text in files.items():
            path.write_text(text)
        kill(bench, step, nth)
        again = applier.run(bench.sites, step)
        assert again.is_complete, (nth, writes[nth - 1], again.results)
        assert bench.end() == end, (nth, writes[nth - 1])
        assert applier.plan(bench.sites, step).is_clean
        bench.check_custody(step)
        if step == "offboard":
            bench.check_nothing_left()


def kill(bench: Bench, step: str, nth: int) -> None:
    """Run the step in a process of its own, which is killed as its `nth` write has taken effect."""
    command = [sys.executable, "-m", "tests.integration.aws.applier", step, str(bench.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[3]) as process:
        bench.aws.sandbox.control.kill_after_write(nth, process.pid)
        process.communicate(timeout=60)
    assert process.returncode == -9
