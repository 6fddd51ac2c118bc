"""A provider from a mirror: found without a network, its checksum compared, and its program run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from leastway.errors import InvalidInputError
from leastway.terraform import effective_of, read_pins
from tests.integration.terraform.runs import Runs, StateServer

pytestmark = pytest.mark.integration

MODULE = {
    "main.tf": """
terraform {
  required_providers {
    time = { source = "hashicorp/time", version = "~> 0.14" }
  }
}
resource "time_static" "made" {}
resource "time_sleep" "short" { create_duration = "10ms" }
output "made" { value = time_static.made.rfc3339 }
""",
}


@pytest.fixture
def mirror() -> Path:
    assets = os.environ.get("LEASTWAY_TERRAFORM_ASSETS")
    if assets is None:
        pytest.skip("LEASTWAY_TERRAFORM_ASSETS names no mirror with hashicorp/time: make terraform-assets")
    return Path(assets) / "providers"


def test_a_provider_of_the_mirror_is_used_and_its_checksum_is_compared(
    runs: Runs, server: StateServer, mirror: Path
) -> None:
    run = runs.new(MODULE, mirror=mirror)
    run.apply()
    state = server.state()
    assert state is not None
    assert {each["type"] for each in state["resources"]} == {"time_static", "time_sleep"}
    effective = effective_of(run.commands.module)
    (used,) = effective.providers
    assert (used.source.split("/", 1)[1], used.version) == ("hashicorp/time", "0.14.2")
    pins = run.folder / "pins"
    pins.mkdir()
    lock = (run.commands.module.path / ".terraform.lock.hcl").read_text()
    (pins / "providers.lock.hcl").write_text(lock)
    assert effective_of(run.commands.module, read_pins(pins)) == effective
    (digest,) = used.hashes
    (pins / "providers.lock.hcl").write_text(lock.replace(digest, "h1:" + "A" * 43 + "="))
    with pytest.raises(InvalidInputError, match="checksum is not one of"):
        effective_of(run.commands.module, read_pins(pins))


def test_a_lock_file_of_the_modules_own_counts(runs: Runs, mirror: Path) -> None:
    source = "registry.opentofu.org" if runs.program == "tofu" else "registry.terraform.io"
    digest = "h1:" + "A" * 43 + "="
    lock = f'provider "{source}/hashicorp/time" {{\n  version = "0.14.2"\n  hashes = [\n    "{digest}",\n  ]\n}}\n'
    run = runs.new({**MODULE, ".terraform.lock.hcl": lock}, mirror=mirror)
    assert run.commands.module.has_lock_file
    ended = run.do(run.commands.init(), status=1)
    assert "checksum" in ended.output
