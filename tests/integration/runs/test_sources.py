"""Modules from private repositories by https and ssh, at a commit that a destruction uses again."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from tests.integration.git.hosts import (
    BACKEND,
    HOST,
    PASSWORD,
    SSHD,
    USER,
    HttpsHost,
    commit,
    git,
    https_host,
    ssh_host,
    tar,
)
from tests.integration.runs.world import BUCKET_MODULE, World, resolving

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not BACKEND.exists(), reason="there is no git http-backend on this machine"),
]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose folder s3/terraform/bucket is a module."""
    folder = tmp_path / "served" / "modules"
    module = folder / "s3" / "terraform" / "bucket"
    module.mkdir(parents=True)
    (module / "main.tf").write_text(BUCKET_MODULE.replace("$\\{", "${"))
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "first")
    return folder


@contextmanager
def private_host(world: World, repository: Path) -> Iterator[HttpsHost]:
    with (
        https_host(repository.parent, is_private=True) as host,
        resolving(HOST),
        world.trusting(host.authorities, HOST),
    ):
        yield host


def test_a_module_of_a_private_https_repository(world: World, repository: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    with private_host(world, repository) as host:
        source = {"url": host.url("modules/.git"), "rev": "main", "path": "s3/terraform/bucket", "username": USER}
        secrets = {"source": {"password": PASSWORD}}
        key = world.define("byhttps", source=source, secrets=secrets, variables={"bucket": "acme-https"})
        made = world.done(world.start(key))
        assert made["commit"] == first
        assert "acme-https" in world.buckets()
        (repository / "s3" / "terraform" / "bucket" / "main.tf").write_text("# gone\n")
        commit(repository, "second")
        destroyed = world.done(world.start(key, "destroy"))
        assert destroyed["commit"] == first
        assert "acme-https" not in world.buckets()
        for run in (made["id"], destroyed["id"]):
            assert not any(PASSWORD in line for line in world.log(run))


def test_modules_of_a_module_come_from_its_host_with_its_credential(world: World, repository: Path) -> None:
    inner = repository.parent / "inner"
    inner.mkdir()
    (inner / "main.tf").write_text((repository / "s3/terraform/bucket/main.tf").read_text())
    git(inner, "init", "--quiet", "--initial-branch=main")
    head = commit(inner, "inner")
    with private_host(world, repository) as host:
        text = f'module "inner" {{\n  source = "git::{host.url("inner/.git")}?ref=main"\n  bucket = var.bucket\n}}\n'
        (repository / "s3/terraform/bucket/main.tf").write_text(f'{text}variable "bucket" {{\n  type = string\n}}\n')
        commit(repository, "names another")
        source = {"url": host.url("modules/.git"), "rev": "main", "path": "s3/terraform/bucket", "username": USER}
        secrets = {"source": {"password": PASSWORD}}
        key = world.define("nested", source=source, secrets=secrets, variables={"bucket": "acme-nested"})
        made = world.done(world.start(key))
        assert "acme-nested" in world.buckets()
        assert any(f"module inner is commit {head}, sha256:" in line for line in world.log(made["id"]))
        world.done(world.start(key, "destroy"))
        assert "acme-nested" not in world.buckets()


def test_a_module_with_modules_in_its_own_folders_runs_again_and_is_destroyed(world: World, repository: Path) -> None:
    module = repository / "s3" / "terraform" / "bucket"
    (module / "inner").mkdir()
    (module / "main.tf").rename(module / "inner" / "main.tf")
    text = 'module "inner" {\n  source = "./inner"\n  bucket = var.bucket\n}\nvariable "bucket" {\n  type = string\n}\n'
    (module / "main.tf").write_text(text)
    commit(repository, "names one of its own")
    with private_host(world, repository) as host:
        source = {"url": host.url("modules/.git"), "rev": "main", "path": "s3/terraform/bucket", "username": USER}
        secrets = {"source": {"password": PASSWORD}}
        key = world.define("own-folders", source=source, secrets=secrets, variables={"bucket": "acme-own-folders"})
        world.done(world.start(key))
        again = world.start(key)
        world.done(again)
        assert any("init was done before" in line for line in world.log(again))
        world.done(world.start(key, "destroy"))
        assert "acme-own-folders" not in world.buckets()


@pytest.mark.parametrize("engine", ["terraform", "tofu"])
def test_a_module_that_names_one_of_a_registry(world: World, repository: Path, engine: str) -> None:
    """The registry is a listed host; the archive has a digest, and its module calls another one from Git."""
    if not (world.folder / "tools" / engine).exists():
        pytest.skip(f"{engine} is not installed")
    name_of_bucket = f"acme-registry-{engine}"
    inner = repository.parent / "inner"
    inner.mkdir()
    (inner / "main.tf").write_text((repository / "s3/terraform/bucket/main.tf").read_text())
    git(inner, "init", "--quiet", "--initial-branch=main")
    commit(inner, "inner")
    git(inner, "tag", "v1.3.0")
    with https_host(repository.parent) as host, resolving(HOST), world.trusting(host.authorities, HOST):
        here = f"{HOST}:{host.port}"
        called = f'variable "bucket" {{ type = string }}\n\nmodule "made" {{\n  source = "{here}/acme/bucket/aws"\n'
        called += '  version = "~> 1.2"\n  bucket = var.bucket\n}\n\noutput "name" { value = module.made.name }\n'
        archive = tar(stack__main=called)
        host.answers["/stack.tar.gz"] = (200, {}, archive)
        host.answers["/.well-known/terraform.json"] = (200, {}, b'{"modules.v1": "/v1/modules/"}')
        places = {
            "stack": ("0.2.0", f"/stack.tar.gz//*?checksum=sha256:{sha256(archive).hexdigest()}"),
            "bucket": ("1.3.0", f"git::{host.url('inner/.git')}?ref=v1.3.0"),
        }
        for name, (version, location) in places.items():
            base = f"/v1/modules/acme/{name}/aws"
            versions = {"modules": [{"versions": [{"version": one} for one in (version, "2.0.0-beta1", "0.1.0")]}]}
            host.answers[f"{base}/versions"] = (200, {}, json.dumps(versions).encode())
            host.answers[f"{base}/{version}/download"] = (204, {"X-Terraform-Get": location}, b"")
        script = called.replace("acme/bucket/aws", "acme/stack/aws").replace("~> 1.2", "0.2.0")
        runner = {"engine": engine}
        key = world.define(f"registry-{engine}", script=script, variables={"bucket": name_of_bucket}, runner=runner)
        made = world.done(world.start(key))
        assert name_of_bucket in world.buckets()
        assert world.active()[f"registry-{engine}"]["resource"]["name"] == name_of_bucket
        log = "\n".join(world.log(made["id"]))
        assert f"module made is version 0.2.0 of {here}/acme/stack/aws, sha256:" in log
        assert f"module made.made is version 1.3.0 of {here}/acme/bucket/aws, commit " in log
        host.answers["/stack.tar.gz"] = (200, {}, tar(stack__main=called + "# another\n"))
        ended = world.wait(world.start(key, "plan"))
        assert (ended["status"], ended["phase"]) == ("failed", "fetch")
        assert "the archive has another digest than the registry says" in ended["error"]
        download = "/v1/modules/acme/stack/aws/0.2.0/download"
        located = host.answers[download]
        elsewhere = f"https://stranger.example.org:{host.port}/stack.tar.gz"
        host.answers["/moved.tar.gz"] = (302, {"Location": elsewhere}, b"")
        host.answers["/outside.tar.gz"] = (200, {}, tar(**{"..__..__outside": called}))
        for place, said in (
            ("/moved.tar.gz", "modules are not fetched from stranger.example.org"),
            ("/outside.tar.gz", "../../outside.tf"),
        ):
            host.answers[download] = (204, {"X-Terraform-Get": place}, b"")
            ended = world.wait(world.start(key, "plan"))
            assert (ended["status"], ended["phase"]) == ("failed", "fetch")
            assert said in ended["error"]
        host.answers["/stack.tar.gz"], host.answers[download] = (200, {}, archive), located
        world.done(world.start(key, "destroy"))
        assert name_of_bucket not in world.buckets()


def test_a_module_of_another_host_or_a_registry_is_refused_by_name(world: World, repository: Path) -> None:
    folder = repository / "s3" / "terraform" / "bucket"
    for source, said in (
        ("terraform-aws-modules/vpc/aws", "modules are not fetched from registry.terraform.io"),
        ("github.com/a/b", "from github.com"),
    ):
        (folder / "main.tf").write_text(f'module "other" {{\n  source = "{source}"\n}}\n')
        commit(repository, "names another")
        with private_host(world, repository) as host:
            given = {"url": host.url("modules/.git"), "path": "s3/terraform/bucket", "username": USER}
            key = world.define(f"other{len(source)}", source=given, secrets={"source": {"password": PASSWORD}})
            ended = world.wait(world.start(key))
        assert (ended["status"], ended["phase"]) == ("failed", "fetch")
        assert said in ended["error"]


def test_a_wrong_password_ends_the_run_before_anything(world: World, repository: Path) -> None:
    with private_host(world, repository) as host:
        source = {"url": host.url("modules/.git"), "path": "s3/terraform/bucket", "username": USER}
        key = world.define("refused", source=source, secrets={"source": {"password": "wrong-word-here"}})
        ended = world.wait(world.start(key))
    assert ended["status"] == "failed"
    assert "wrong-word-here" not in str(ended)
    assert ended["phase"] == "fetch"


def test_a_private_address_is_refused_unless_it_is_listed(world: World, repository: Path) -> None:
    with https_host(repository.parent) as host, resolving(HOST):
        key = world.define("private", source={"url": host.url("modules/.git"), "path": "s3/terraform/bucket"})
        ended = world.wait(world.start(key))
    assert (ended["status"], ended["phase"]) == ("failed", "fetch")
    assert "is on a private network" in ended["error"]


@pytest.mark.skipif(not SSHD.exists(), reason="there is no sshd on this machine")
def test_a_module_of_a_private_ssh_repository(world: World, repository: Path, tmp_path: Path) -> None:
    with ssh_host(tmp_path / "sshd") as host, resolving(HOST), world.trusting(None, HOST):
        source = {
            "url": host.url(str(repository).lstrip("/")),
            "path": "s3/terraform/bucket",
            "known_hosts": host.host_key,
        }
        secrets = {"source": {"ssh_key": host.key}}
        key = world.define("byssh", source=source, secrets=secrets, variables={"bucket": "acme-ssh"})
        world.done(world.start(key))
        assert "acme-ssh" in world.buckets()
        world.done(world.start(key, "destroy"))


@contextmanager
def fetching_from_a_silent_host(world: World, name: str) -> Iterator[str]:
    """Start a run whose source accepts a connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent, resolving(HOST), world.trusting(None, HOST):
        source = {"url": f"https://{HOST}:{silent.getsockname()[1]}/modules/.git"}
        run = world.start(world.define(name, source=source))
        silent.settimeout(60)
        connection, _ = silent.accept()
        with connection:
            yield run


def test_a_run_whose_source_never_answers_is_cancelled_at_once(world: World) -> None:
    with fetching_from_a_silent_host(world, "silent") as run:
        assert world.server.request("POST", f"/orgs/acme/runs/{run}/actions/cancel").status == 200
        ended = world.wait(run, seconds=30)
    assert (ended["status"], ended["ended_how"]) == ("cancelled", "fetch was ended, before anything was made")


def test_a_kill_switch_ends_a_run_whose_source_never_answers(world: World) -> None:
    with fetching_from_a_silent_host(world, "silenced") as run:
        switch = {"scope": "account", "target": "runs", "reason": "a test"}
        made = world.server.request("POST", "/orgs/acme/kill-switches", switch).json()
        try:
            ended = world.wait(run, seconds=30)
        finally:
            assert world.server.request("DELETE", f"/orgs/acme/kill-switches/{made['id']}").status in (200, 204)
    assert ended["status"] == "failed"
    assert "a kill switch stops account runs: a test; it came in fetch" in ended["error"]
