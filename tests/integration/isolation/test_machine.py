"""A machine on which Terraform is there and does not work rehearses the grant alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.service.rehearsed_run import check_machine
from tests.integration.isolation.running import needs_bwrap

pytestmark = [pytest.mark.integration, needs_bwrap]


def with_program(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "tofu").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "tofu").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'No version is set for command tofu'; exit 126", "No version is set for command tofu"),
        ('exec "$HOME/of-a-version-manager/tofu" "$@"', "not found"),
    ],
)
def test_a_program_that_does_not_work_in_a_sandbox_is_said(
    script: str, why: str, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_program(open_folder, script, monkeypatch)
    with pytest.raises(LeastwayError, match=f"tofu does not work in a sandbox: .*{why}"):
        check_machine()


def test_one_that_tells_its_version_works(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_program(open_folder, '[ "$1" = version ]', monkeypatch)
    check_machine()
