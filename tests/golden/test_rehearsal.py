"""The transcript in the documentation is the output of `leastway rehearse`.

LEASTWAY_WRITE_GOLDEN=1 writes it again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from leastway.sandbox.assets import find_assets
from tests.outputs import check_output

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rehearsal.md"
FENCE = "```text\n"
PROGRESS = re.compile(r"[a-z][a-z' ]+ \(\d+\)")
"""What standard error shows, and nothing else: the phases with the number of things to do in each."""
DEPLOYMENT = re.compile(r"= cluster staging is defined as one behind an agent(?:.+\n)+")
"""The lines that need a real API server."""
SMALL = (
    "- a workload is deployed to a cluster through an agent  not rehearsed: leastway's small API server has no "
    "Deployments; KUBEBUILDER_ASSETS can name a real one\n"
)

pytestmark = pytest.mark.integration


def run(folder: Path, *arguments: str) -> str:
    """Run the command as a user would, with its own folder, an empty home, no terminal and 110 columns."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEASTWAY_"))}
    environment |= {"HOME": str(folder), "COLUMNS": "110", "XDG_STATE_HOME": str(folder / "state")}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("leastway")), "rehearse", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stderr.splitlines() if not PROGRESS.fullmatch(line)] == []
    return done.stdout


def settled(text: str) -> str:
    """Replace what differs between runs: ids, times, the duration, the date of the catalog, trailing blanks.

    And the name of the API server: everything but the deployment is the same with both.
    """
    text = re.sub(r"\b[0-9a-f]{64}\b", "EXTERNAL-ID", text)
    text = re.sub(r"in [0-9.]+ s\.", "in SECONDS s.", text)
    text = re.sub(r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC", "TIME", text)
    text = re.sub(r"\bAKIA[0-9A-Z]{16}\b", "KEY-ID", text)
    text = re.sub(r"\[request [0-9a-f-]{36}\]", "[request ID]", text)
    text = re.sub(r"\b[0-9]+ entries, signed by leastway-[0-9a-f]{8}/", "N entries, signed by leastway-LOG/", text)
    text, output = re.subn(
        r"(?m)^(API server of each cluster: )(leastway's small API server|kube-apiserver v1\.\d+\.\d+)\.$",
        r"\1KUBERNETES.",
        text,
    )
    assert output == 1
    text = re.sub(r"catalog of [0-9-]{10} \([0-9.]+\)", "catalog of DAY (VERSION)", text)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n"


def test_the_documented_transcript_matches_the_output(tmp_path: Path) -> None:
    if shutil.which("bwrap") is None:
        pytest.skip("bwrap is not installed")
    if shutil.which("terraform") is None and shutil.which("tofu") is None:
        pytest.skip("neither terraform nor tofu is installed")
    got = settled(run(tmp_path, "--example", "seed"))
    page = PAGE.read_text()
    before, _, rest = page.partition(FENCE)
    recorded, _, after = rest.partition("```")
    if find_assets() is None:
        assert SMALL in got
        recorded = DEPLOYMENT.sub(SMALL, recorded)
    elif os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        PAGE.write_text(f"{before}{FENCE}{got}```{after}")
        return
    assert got == recorded
    assert not (tmp_path / "state").exists(), "a rehearsal must keep nothing"


def test_what_is_dangerous_on_purpose_is_flagged(tmp_path: Path) -> None:
    reason = "the auditors look at everything until March"
    (tmp_path / "grant.yaml").write_text(
        "apiVersion: leastway.dev/v1alpha1\nkind: Grant\nmetadata: {name: acme}\nplatform: humanitec\naccounts:\n"
        '  - id: "111122223333"\n    region: eu-central-1\n    roles:\n'
        "      - name: humanitec-audit\n        policies: [arn:aws:iam::aws:policy/PowerUserAccess]\n"
        f"        unsafe_reason: {reason}\n"
    )
    flag = f"111122223333/role/humanitec-audit: dangerous on purpose: {reason}"
    assert f"unsafe: {flag}" in run(tmp_path, "--no-platform").splitlines()
    (note,) = json.loads(run(tmp_path, "--no-platform", "--json"))["plan"]["notes"]
    assert (note["unsafe"], f"{note['where']}: {note['text']}") == (True, flag)


def test_the_two_accounts_example_passes_and_names_its_kubernetes(tmp_path: Path) -> None:
    done = json.loads(run(tmp_path, "--example", "two-accounts", "--no-platform", "--json"))
    assert done["passed"] is True
    check_output(done, "rehearse")
    real = find_assets() is not None
    assert re.fullmatch(r"kube-apiserver v1\.\d+\.\d+" if real else "leastway's small API server", done["kubernetes"])
