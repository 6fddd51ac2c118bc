"""A server that is not root makes the same sandboxes, as its own user."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import leastway
from tests.integration.isolation.running import needs_bwrap

pytestmark = [pytest.mark.integration, needs_bwrap]

USER = "64733"
PYTHON = "/usr/bin/python3"
PROGRAM = """
import sys
from pathlib import Path
from leastway.isolation import Host, HostUser, Sandbox, launch, prepare_entrance, try_tier
if sys.argv[2] == "forked":
    prepare_entrance()
folder, lines = Path(sys.argv[1]), []
host = Host.here()
print(try_tier(host, folder).kind)
script = "id -u; echo one > made; cat /proc/1/environ"
sandbox = Sandbox(command=("/bin/sh", "-c", script), folder=folder, writable=(folder,), ports=(443,))
with launch(sandbox, host, on_lines=lambda _, heard: lines.extend(heard)) as running:
    print(running.wait(30).is_success, *lines)
try:
    Host.here(user=HostUser(1, 1))
except Exception as error:
    print(error)
"""


@pytest.mark.parametrize("entered_by", ["program", "forked"])
def test_a_user_without_rights_makes_sandboxes(open_folder: Path, entered_by: str) -> None:
    as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.geteuid() == 0 else []
    source = Path(leastway.__file__).parents[1]
    command = [
        shutil.which("env") or "env",
        "-i",
        f"PATH={os.defpath}",
        f"PYTHONPATH={source}",
        "PYTHONDONTWRITEBYTECODE=1",
    ]
    tried = subprocess.run(
        [*as_user, *command, PYTHON, "-c", "import leastway.isolation"], capture_output=True, check=False
    )
    if tried.returncode != 0:
        pytest.skip("another user has no Python 3.11 here, or cannot read leastway")
    with tempfile.TemporaryDirectory(dir=open_folder) as made:
        if as_user:
            os.chown(made, int(USER), int(USER))
        ran = subprocess.run(
            [*as_user, *command, PYTHON, "-c", PROGRAM, made, entered_by],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert (Path(made) / "made").stat().st_uid == (int(USER) if as_user else os.geteuid())
    assert ran.stdout.splitlines() == [
        "bwrap",
        "True 1000",
        "only root can run a sandbox as another user (start the server as root, or name no user)",
    ]
