"""Runs are isolated as the operator says, and never less."""

from pathlib import Path

import pytest

from leastway.isolation import HostUser
from leastway.orchestrator import trying
from leastway.orchestrator.folders import OwnFolder
from leastway.orchestrator.settings import RunSettings
from leastway.orchestrator.trying import host_of, isolation_here
from tests.integration.isolation.running import needs_bwrap


@needs_bwrap
def test_user_and_control_group_are_those_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    settings = RunSettings(folder=tmp_path, user=HostUser(1234, 1235), control_group=tmp_path)
    host = host_of(settings)
    assert (host.user, host.control_group) == ((1234, 1235), tmp_path)
    unsafe = host_of(RunSettings(folder=tmp_path, user=HostUser(1234, 1235), unsafe_reason="a reason"))
    assert (unsafe.user, unsafe.bubblewrap) == ((1234, 1235), None)


@needs_bwrap
def test_a_control_group_that_is_not_delegated_means_no_runs(tmp_path: Path) -> None:
    said = here(RunSettings(folder=tmp_path / "runs", control_group=tmp_path))
    assert "runs cannot work on this machine" in said


def here(settings: RunSettings) -> str:
    folder = OwnFolder(settings.folder)
    try:
        return isolation_here(settings, folder)
    finally:
        folder.release()


def test_a_machine_without_programs_says_that_runs_cannot_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "try_isolation", lambda _settings: "runs are isolated")
    settings = RunSettings(folder=tmp_path / "runs", tools=tmp_path)
    missing = "tofu or terraform is not in the folder of the runs' programs"
    assert f"runs cannot work on this machine: {tmp_path}: {missing}" in here(settings)
    (tmp_path / "tofu").touch(mode=0o755)
    assert here(settings) == "runs are isolated"


def test_a_second_server_on_the_same_folder_says_that_runs_cannot_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "try_isolation", lambda _settings: "runs are isolated")
    (tmp_path / "tofu").touch(mode=0o755)
    settings = RunSettings(folder=tmp_path / "runs", tools=tmp_path)
    first = OwnFolder(settings.folder)
    first.take()
    assert f"runs cannot work on this machine: {settings.folder}: another server uses the folder" in here(settings)
    first.release()
    assert here(settings) == "runs are isolated"
