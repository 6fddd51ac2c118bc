"""What `init` left is used again for the same files, program, mirror and organization, and only if it is small."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.orchestrator.initialized import Initialized
from leastway.orchestrator.settings import RunSettings
from leastway.terraform import ModuleFolder, Program, prepare_module
from tests.runs import run_of

PROGRAM = Program("tofu", Path("/usr/bin/tofu"), "0" * 64, is_checked=True)
LINK = Path(".terraform/providers/registry.opentofu.org/hashicorp/time/0.14.2/linux_amd64")
PACKAGE = Path("providers/registry.opentofu.org/hashicorp/time/0.14.2/linux_amd64")
RECORD = '{"backend": {"type": "http"}}'
LOCK = 'provider "registry.opentofu.org/hashicorp/time" {}'


class World:
    """The operator's folder with a mirror, and runs with a module each."""

    def __init__(self, folder: Path) -> None:
        self.tools = folder / "tools"
        self.package = self.tools / PACKAGE
        self.package.mkdir(parents=True)
        (self.package / "provider").write_text("program")
        self.folder = folder
        self.initialized = Initialized(RunSettings(folder=folder / "runs", tools=self.tools))

    def fetched(self, name: str, text: str = "# the module\n", *, keep_backend: bool = False) -> ModuleFolder:
        """Return the module of a run, as it was fetched, with a nested one."""
        module = self.folder / "runs" / name / "module"
        module.mkdir(parents=True)
        (module / "main.tf").write_text(text + ('terraform {\n  backend "s3" {}\n}\n' if keep_backend else ""))
        prepared = prepare_module(module, keep_backend=keep_backend)
        (module / ".terraform" / "modules").mkdir(parents=True)
        (module / ".terraform" / "modules" / "modules.json").write_text("{}")
        return prepared

    def restored(self, module: ModuleFolder, *, organization: str = "acme", program: Program = PROGRAM) -> bool:
        folder = module.path.parent
        run = replace(run_of(folder.name), organization=organization)
        found = self.initialized.restore(folder, run, module, program)
        assert self.initialized.is_restored(folder) is found
        return found

    def init(self, module: ModuleFolder, *, organization: str = "acme") -> None:
        """Do what `init` does, and keep it."""
        link = module.path / LINK
        link.parent.mkdir(parents=True)
        link.symlink_to(self.package)
        (module.path / ".terraform" / "terraform.tfstate").write_text(RECORD)
        (module.path / ".terraform.lock.hcl").write_text(LOCK)
        self.initialized.keep(module.path.parent, replace(run_of("any"), organization=organization), module)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_the_same_files_are_initialized_once(world: World) -> None:
    first = world.fetched("one")
    assert not world.restored(first)
    world.init(first)
    second = world.fetched("two")
    assert world.restored(second)
    assert (second.path / LINK).readlink() == world.package
    assert (second.path / ".terraform" / "terraform.tfstate").read_text() == RECORD
    assert (second.path / ".terraform.lock.hcl").read_text() == LOCK
    assert (second.path / ".terraform" / "modules" / "modules.json").read_text() == "{}", "nested modules are the run's"
    assert not (second.path.parent / "left").exists()


def test_it_is_not_used_for_other_files_or_another_program_or_organization(world: World) -> None:
    first = world.fetched("one")
    assert not world.restored(first)
    world.init(first)
    assert not world.restored(world.fetched("two", "# another module\n"))
    third = world.fetched("three")
    assert not world.restored(third, program=replace(PROGRAM, sha256="1" * 64))
    assert not world.restored(third, organization="other")
    assert world.restored(third)


@pytest.mark.parametrize("change", ["another version", "another content", "a version less"])
def test_it_is_not_used_once_the_mirror_has_changed(world: World, change: str) -> None:
    first = world.fetched("one")
    assert not world.restored(first)
    world.init(first)
    match change:
        case "another version":
            (world.package.parent.parent / "0.15.0" / "linux_amd64").mkdir(parents=True)
        case "another content":
            (world.package / "provider").write_text("another program")
        case _:
            shutil.rmtree(world.package.parent)
    assert not world.restored(world.fetched("two"))


def test_a_module_with_a_backend_of_its_own_is_always_initialized(world: World) -> None:
    first = world.fetched("one", keep_backend=True)
    assert not world.restored(first)
    world.init(first)
    assert not world.restored(world.fetched("two", keep_backend=True))


@pytest.mark.parametrize("left", ["a large file", "many files", "a link out of the mirror"])
def test_what_is_large_or_leads_elsewhere_is_not_kept(world: World, left: str) -> None:
    first = world.fetched("one")
    assert not world.restored(first)
    data = first.path / ".terraform"
    match left:
        case "a large file":
            (data / "provider").write_bytes(bytes((1 << 20) + 1))
        case "many files":
            (data / "many").mkdir()
            for number in range(600):
                (data / "many" / str(number)).touch()
        case _:
            (data / "elsewhere").symlink_to("/etc")
    world.init(first)
    assert not world.restored(world.fetched("two"))


def test_a_kept_one_that_somebody_changed_is_not_used(world: World) -> None:
    first = world.fetched("one")
    assert not world.restored(first)
    world.init(first)
    (record,) = (world.folder / "runs" / "initialized").rglob("terraform.tfstate")
    record.write_text('{"backend": {"type": "local"}}')
    assert not world.restored(world.fetched("two"))


def test_a_folder_that_cannot_be_used_is_told_and_the_module_is_initialized(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    first = world.fetched("one")
    (world.folder / "runs" / "initialized").mkdir()
    (world.folder / "runs" / "initialized" / "acme").write_text("a file")
    assert not world.restored(first)
    assert "what init leaves" in caplog.text
