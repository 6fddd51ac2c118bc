from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from leastway.errors import InvalidInputError
from leastway.terraform import OVERRIDE, Effective, ModuleFolder, effective_of, prepare_module, read_inside
from leastway.terraform.effective import read_lock_file, read_pins

HASH = "h1:" + "a" * 43 + "="
LOCK = (
    f'provider "registry.terraform.io/hashicorp/time" {{\n  version = "0.14.2"\n  hashes = [\n    "{HASH}",\n  ]\n}}\n'
)


def left_by_init(module: ModuleFolder, backend: object) -> None:
    (module.path / ".terraform").mkdir()
    (module.path / ".terraform" / "terraform.tfstate").write_text(json.dumps({"version": 3, "backend": backend}))


def test_the_override_is_written_beside_a_module_once(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("")
    (tmp_path / "b.auto.tfvars.json").write_text("{}")
    for _ in range(2):
        module = prepare_module(tmp_path, files={"extra.tf": b"# extra"})
        assert json.loads((tmp_path / OVERRIDE).read_text()) == {"terraform": {"backend": {"http": {}}}}
        assert module.own_values == ("b.auto.tfvars.json",)
        assert not module.has_lock_file
    assert (tmp_path / "extra.tf").read_bytes() == b"# extra"
    assert any("b.auto.tfvars.json" in note for note in module.notes())


@pytest.mark.parametrize(
    "name",
    [
        "zzz_leastway_override.tf",
        "zzz_leastway_override.tofu",
        "zzz_leastway_override.tofu.json",
        "zzzz_override.tf",
        "zzz_override.tf.json",
        "é_override.tf",
        "~_override.tofu",
    ],
)
def test_an_override_of_the_modules_own_that_would_win_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    with pytest.raises(InvalidInputError, match="would win over leastway's"):
        prepare_module(tmp_path)


@pytest.mark.parametrize(
    "name", ["override.tf", "a_override.tf.json", "zz_override.tofu", "zzzz.tf", "zzzz_overrides.tf"]
)
def test_other_files_are_left(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    prepare_module(tmp_path)
    assert (tmp_path / OVERRIDE).exists()


def test_the_working_data_of_a_run_in_the_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".terraform").mkdir()
    with pytest.raises(InvalidInputError, match="working data"):
        prepare_module(tmp_path)


def test_a_link_in_place_of_the_override_is_neither_followed_nor_replaced(tmp_path: Path) -> None:
    module, target = tmp_path / "module", tmp_path / "target"
    module.mkdir()
    target.write_text("kept")
    (module / OVERRIDE).symlink_to(target)
    with pytest.raises(InvalidInputError):
        prepare_module(module)
    assert target.read_text() == "kept"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../b", ".terraform", ".terraform.lock.hcl", OVERRIDE, "x" * 256]
)
def test_files_of_a_definition_have_names_of_their_own(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot have this name"):
        prepare_module(tmp_path, files={name: b""})


def test_a_file_of_a_definition_does_not_replace_one_of_the_module(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("# of the module")
    with pytest.raises(InvalidInputError, match="has a file of this name already"):
        prepare_module(tmp_path, files={"main.tf": b"# of the definition"})


def test_what_a_run_left_is_read_without_following_links(tmp_path: Path) -> None:
    folder = tmp_path / "module"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "file").write_bytes(b"content")
    (tmp_path / "outside").write_bytes(b"secret")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "folder").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    assert read_inside(folder, "a/file") == b"content"
    assert read_inside(folder, "a/none") is None
    assert read_inside(folder, "none/file") is None
    for name in ("link", "folder/outside", "pipe", "a"):
        with pytest.raises(InvalidInputError):
            read_inside(folder, name)
    with pytest.raises(InvalidInputError, match="more than 3 bytes"):
        read_inside(folder, "a/file", limit=3)


def test_the_backend_and_providers_after_init_are_what_leastway_wants(tmp_path: Path) -> None:
    module = prepare_module(tmp_path)
    left_by_init(module, {"type": "http", "config": {"address": None, "password": None}})
    (tmp_path / ".terraform.lock.hcl").write_text(LOCK)
    source, version = "registry.terraform.io/hashicorp/time", "0.14.2"
    effective = effective_of(module, {(source, version): frozenset({HASH})})
    assert isinstance(effective, Effective)
    assert [(each.source, each.version) for each in effective.providers] == [(source, version)]
    for pins in ({}, {(source, version): frozenset({"h1:other"})}, {(source, "9"): frozenset({HASH})}):
        with pytest.raises(InvalidInputError, match=r"checksum is not one of providers\.lock\.hcl"):
            effective_of(module, pins)


@pytest.mark.parametrize(
    "backend",
    [
        None,
        {"type": "local", "config": {}},
        {"type": "http", "config": {"address": "http://elsewhere"}},
        {"type": 1},
        7,
    ],
)
def test_another_backend_after_init_is_refused(tmp_path: Path, backend: object) -> None:
    module = prepare_module(tmp_path)
    left_by_init(module, backend)
    with pytest.raises(InvalidInputError):
        effective_of(module)


@pytest.mark.parametrize(
    ("config", "secret"),
    [
        ({"bucket": "b", "use_lockfile": True, "assume_role": {"role_arn": "r"}}, None),
        ({"bucket": "b", "access_key": "a"}, "access_key"),
        ({"conn_str": "postgres://u:p@h/d"}, "conn_str"),
        ({"bucket": "b", "access_key": None, "shared_credentials_files": ["f"]}, None),
    ],
)
def test_a_backend_that_is_kept_holds_no_keys(tmp_path: Path, config: dict[str, object], secret: str | None) -> None:
    module = prepare_module(tmp_path, keep_backend=True)
    left_by_init(module, {"type": "s3", "config": config})
    if secret is None:
        effective = effective_of(module)
        assert effective.backend == "s3"
        assert any("no lock" in note for note in effective.notes) == ("use_lockfile" not in config)
        return
    with pytest.raises(InvalidInputError, match=f"holds credentials: {secret}"):
        effective_of(module)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tf", 'terraform {\n  backend "s3" {\n    access_key = "x"\n  }\n}\n'),
        ("a.tofu", 'terraform {\n  backend "s3" {\n    assume_role = {}\n    secret_key = var.x\n  }\n}\n'),
        ("a.tf", 'terraform {\n  backend "remote" {\n    workspaces {\n      token = "x"\n    }\n  }\n}\n'),
        ("a.tf.json", '{"terraform": [{"backend": {"s3": [{"token": "x"}]}}]}'),
        ("override.tf.json", '[{"terraform": {"backend": {"pg": {"conn_str": "x"}}}}]'),
    ],
)
def test_a_backend_with_keys_in_its_text_is_refused_before_init(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    prepare_module(tmp_path)
    (tmp_path / OVERRIDE).unlink()
    with pytest.raises(InvalidInputError, match="holds credentials"):
        prepare_module(tmp_path, keep_backend=True)


def test_pins_are_the_operators_lock_file(tmp_path: Path) -> None:
    assert read_pins(None) is None
    assert read_pins(tmp_path) is None
    (tmp_path / "providers.lock.hcl").write_text("# written by terraform\n" + LOCK)
    assert read_pins(tmp_path) == {("registry.terraform.io/hashicorp/time", "0.14.2"): frozenset({HASH})}


@pytest.mark.parametrize("text", ['provider "x" {\n}\n', 'provider "x" {\n  version = "1"\n', "provider x\n"])
def test_a_lock_file_that_terraform_does_not_write_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="not a lock file"):
        read_lock_file(text.encode())
