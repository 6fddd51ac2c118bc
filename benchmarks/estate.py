"""The estate benchmark: plan and apply for 200 accounts of 5 clusters, against a shell script of aws CLI commands.

The embedded AWS adds 50 ms to each call, about the latency to another region. leastway handles the whole estate as a
user would: `leastway plan`, then `leastway apply --yes`, in separate processes. The script has the commands from the
platform's onboarding document for the same estate, in sequence; it runs for a part of the accounts, and the output
states that its time is scaled up. It needs the `aws` command; without it there is no ratio.
Goal: at least 20 times faster than the script.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from leastway.sandbox import AccountSeed, ClusterSeed, Sandbox, Scenario

ACCOUNTS = int(os.environ.get("BENCH_ACCOUNTS", "200"))
CLUSTERS = 5
SLICE = 2
LATENCY = 0.05
REGION = "eu-central-1"
_FIRST = 100_000_000_000
_POLICY = """{"Version": "2012-10-17", "Statement": [{
  "Effect": "Allow",
  "Action": ["s3:CreateBucket", "s3:DeleteBucket", "s3:ListBucket"],
  "Resource": "arn:aws:s3:::acme-*"
}]}
"""


def main() -> None:
    """Print both durations, the ratio, and leastway's peak memory."""
    accounts = [str(_FIRST + number) for number in range(ACCOUNTS + SLICE)]
    with tempfile.TemporaryDirectory(prefix="leastway-bench-") as name, Sandbox(small_kubernetes=True) as sandbox:
        folder = Path(name)
        clusters = tuple(ClusterSeed(f"cluster-{number}", REGION, "API") for number in range(CLUSTERS))
        seeded = sandbox.control.seed(Scenario(tuple(AccountSeed(account, clusters) for account in accounts)))
        sandbox.control.latency(LATENCY)
        environment = {**os.environ, **sandbox.environment(seeded.admins[accounts[0]], region=REGION)}
        environment["LEASTWAY_STATE"] = str(folder / "state")
        grant = _write_grant(folder, accounts[:ACCOUNTS])
        leastway = str(Path(sys.executable).with_name("leastway"))
        planned = _timed([leastway, "plan", str(grant), "--json"], environment, expected=3)
        applied = _timed([leastway, "apply", str(grant), "--yes", "--json"], environment)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        again = _timed([leastway, "plan", str(grant), "--json"], environment)
        quick = _timed([leastway, "status", str(grant), "--quick", "--json"], environment)
        status = _timed([leastway, "status", str(grant), "--json"], environment)
        proved = _timed([leastway, "prove", str(grant), "--live", "--json"], environment)
        script = _time_script(folder, accounts[ACCOUNTS:], environment)
    print(f"{ACCOUNTS} accounts of {CLUSTERS} clusters, {LATENCY * 1000:.0f} ms added to each call")
    print(f"leastway plan   {planned:8.1f} s")
    print(f"leastway apply  {applied:8.1f} s   (includes another plan)   peak memory {peak:,.0f} MiB")
    print(f"leastway plan   {again:8.1f} s   (nothing to do)")
    print(f"leastway status {quick:8.1f} s   (--quick: what plan reads)")
    print(f"leastway status {status:8.1f} s   (with other access, including each cluster's Kubernetes)")
    print(f"leastway prove  {proved:8.1f} s   (--live)")
    if script is None:
        print("aws CLI script: skipped, the `aws` command is not installed")
        return
    whole = script / SLICE * ACCOUNTS
    print(f"aws CLI script  {whole:8.1f} s   (measured on {SLICE} accounts: {script:.1f} s, scaled up)")
    print(f"ratio of script to plan and apply: {whole / (planned + applied):.1f}")


def _timed(command: list[str], environment: dict[str, str], expected: int = 0) -> float:
    start = time.monotonic()
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != expected:
        raise SystemExit(f"{' '.join(command)} exited with {done.returncode}")
    return time.monotonic() - start


def _write_grant(folder: Path, accounts: list[str]) -> Path:
    (folder / "s3.json").write_text(_POLICY)
    lines = [
        "apiVersion: leastway.dev/v1alpha1",
        "kind: Grant",
        "metadata: {name: bench}",
        "platform: humanitec",
        "identity: iam-user",
        "accounts:",
    ]
    for number, account in enumerate(accounts):
        lines += [f'  - id: "{account}"', f"    region: {REGION}"]
        if number:
            lines.append(f"    access: {{assume_role: 'arn:aws:iam::{account}:role/admin'}}")
        lines += ["    roles: [{name: humanitec-s3, policies: [s3.json]}]", "    clusters:"]
        lines += [
            f"      - {{name: cluster-{number}, access: [{{policy: edit, namespaces: ['app-*']}}]}}"
            for number in range(CLUSTERS)
        ]
    path = folder / "grant.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _time_script(folder: Path, accounts: list[str], environment: dict[str, str]) -> float | None:
    if shutil.which("aws") is None:
        return None
    (folder / "access.json").write_text(_access_policy())
    (folder / "trust.json").write_text(
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
        ' "Principal": {"AWS": "arn:aws:iam::ACCOUNT:user/humanitec"}}]}'
    )
    # The root key selects the account, as a profile would.
    own = {**environment, "AWS_SECRET_ACCESS_KEY": "test"}
    script = Path(__file__).with_name("onboard.sh")
    return _timed(["sh", str(script), str(folder), REGION, str(CLUSTERS), *accounts], own)


def _access_policy() -> str:
    return (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["eks:DescribeCluster",'
        ' "eks:AccessKubernetesApi", "eks:ListNodegroups", "eks:DescribeNodegroup"], "Resource": "*", "Condition":'
        ' {"StringEquals": {"aws:ResourceTag/Humanitec": "true"}}}, {"Effect": "Allow", "Action": "sts:AssumeRole",'
        ' "Resource": "arn:aws:iam::*:role/humanitec*"}]}'
    )
