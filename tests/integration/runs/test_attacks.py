"""A module that attacks from within an apply, and a provider that attacks from within plan and apply.

Both through the whole server: each attempt fails, and the log has it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.integration.runs.attacks import HELD, PROGRAM
from tests.integration.runs.world import ENGINE, World

pytestmark = pytest.mark.integration

MODULE = f"""
variable "data" {{ type = string }}
variable "server" {{ type = number }}

resource "terraform_data" "attacks" {{
  provisioner "local-exec" {{
    command = <<-EOT
      exec python3 - "${{var.data}}" "${{var.server}}" <<'END'
      {PROGRAM.replace(chr(10), chr(10) + "      ")}
      for name in ("plan/tfplan",):
          tried("read " + name, lambda: (run / name).read_text())
          tried("forge " + name, lambda: (run / name).write_text("forged"))
      END
    EOT
  }}
}}

output "end" {{ value = "the module's own" }}
"""
PROVIDER = f"""#!/usr/bin/python3
import os, pathlib, subprocess, sys

ATTACKS = {PROGRAM!r}
MORE = r'''
tried("operator's folder", lambda: pathlib.Path(sys.argv[3]).write_text("mine"))
left = sorted(pathlib.Path.cwd().glob("beats-*"))
if left:  # of the process that the plan left behind
    before = [each.stat().st_size for each in left]
    subprocess.run(["sleep", "0.5"])
    tried("process of the plan", lambda: [each.stat().st_size for each in left] != before or 1 / 0)
'''
BEAT = 'while :; do echo beat >> "$0"; sleep 0.05; done'

if len(sys.argv) == 1:  # as Terraform starts it
    phase = pathlib.Path(f"/proc/{{os.getppid()}}/cmdline").read_bytes().split(b"\\0")[1].decode()
    told = pathlib.Path.cwd() / f"attacked-{{phase}}.txt"
    if phase in ("plan", "apply") and not told.exists():
        with told.open("w") as out:
            command = [sys.executable, "-c", ATTACKS + MORE, "@DATA@", "@PORT@", os.path.realpath(__file__)]
            subprocess.run(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        quiet = {{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}}
        subprocess.Popen(["/bin/sh", "-c", BEAT, f"beats-{{phase}}"], start_new_session=True, **quiet)
os.execv("@REAL@", ["@REAL@", *sys.argv[1:]])
"""
WITH_PROVIDER = """
terraform {
  required_providers {
    hostile = { source = "example/hostile" }
  }
}
resource "time_static" "of" { provider = hostile }
resource "terraform_data" "told" {
  input = time_static.of.unix
  provisioner "local-exec" { command = "cat attacked-plan.txt attacked-apply.txt" }
}
output "end" { value = "the module's own" }
"""


def _variables(world: World) -> dict[str, Any]:
    return {"data": str(world.folder / "s"), "server": urlsplit(world.server.url).port}


def _check(world: World, run: str, held: tuple[str, ...]) -> list[str]:
    """Check that all attempts failed, that the log has those that the gateway refused, and return what was said."""
    ended = world.wait(run, seconds=240)
    log = [line.partition("(local-exec): ")[2] for line in world.log(run)]
    assert [line for line in log if line.startswith("broken")] == []
    missing = [one for one in held if not any(line.startswith(f"held {one} ") for line in log)]
    assert missing == [], world.log(run)
    assert ended["status"] == "succeeded", ended
    said = "\n".join(world.log(run))
    for operation in ("sts GetSessionToken", "iam CreateAccessKey", "sts AssumeRole"):
        assert f"the gateway refused {operation} at " in said
    return log


def test_a_module_attacks_from_within_its_apply(world: World) -> None:
    script = MODULE.replace("${", "$\\{")
    run = world.start(world.define("attacks", script=script, variables=_variables(world)))
    log = _check(world, run, (*HELD, "read plan/tfplan", "forge plan/tfplan"))
    assert world.active()["attacks"]["resource"] == {"end": "the module's own"}
    refused = {one["operation"] for one in world.calls(run) if one["decision"] == "refused"}
    assert {"GetSessionToken", "CreateAccessKey", "AssumeRole"} <= refused, log
    planned = world.done(world.start("s3#attacks", "plan"))
    assert planned["plan"]["counts"] == {}, "the state is the one that Terraform wrote"


@pytest.fixture
def hostile(world: World) -> Iterator[None]:
    """Put a provider into the operator's mirror that attacks, and then works as hashicorp/time does."""
    mirror = world.folder / "tools" / "providers"
    registry = "registry.opentofu.org" if ENGINE == "tofu" else "registry.terraform.io"
    real = next(mirror.glob(f"{registry}/hashicorp/time/*/*/terraform-provider-time*"), None)
    if real is None:
        pytest.skip("LEASTWAY_TERRAFORM_ASSETS names no mirror with hashicorp/time: make terraform-assets")
    place = mirror / registry / "example"
    given = {"@REAL@": str(real), "@DATA@": str(world.folder / "s"), "@PORT@": str(urlsplit(world.server.url).port)}
    text = PROVIDER
    for name, value in given.items():
        text = text.replace(name, value)
    made = place / "hostile" / "1.0.0" / real.parent.name / "terraform-provider-hostile_v1.0.0"
    made.parent.mkdir(parents=True)
    made.write_text(text)
    made.chmod(0o755)
    yield
    shutil.rmtree(place)


@pytest.mark.usefixtures("hostile")
def test_a_provider_attacks_from_within_plan_and_apply(world: World) -> None:
    run = world.start(world.define("provider", script=WITH_PROVIDER))
    log = _check(world, run, (*HELD, "operator's folder", "process of the plan"))
    assert sum(line.startswith("held session token ") for line in log) == 2, "once in each phase"
    refused = {(one["phase"], one["operation"]) for one in world.calls(run) if one["decision"] == "refused"}
    every = ("GetSessionToken", "CreateAccessKey", "AssumeRole")
    assert {(phase, each) for phase in ("plan", "apply") for each in every} <= refused
    assert world.active()["provider"]["resource"] == {"end": "the module's own"}
