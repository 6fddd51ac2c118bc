"""Modules from a registry on loopback, by the registry's protocol, and a real Terraform that finds them installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.git import (
    FetchRules,
    GitAccess,
    InstalledModule,
    ModuleRegistry,
    SourceCache,
    Web,
    fetch,
    install_modules,
)
from leastway.isolation import Host
from tests.integration.git.hosts import BACKEND, HOST, HttpsHost, git, https_host, repository, tar

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not BACKEND.exists(), reason="there is no git http-backend on this machine"),
]

FILES, STRANGER = "files.example.org", "stranger.example.org"
OUTPUT = 'output "of" {{\n  value = "{}"\n}}\n'


@dataclass
class Registry:
    """A registry at the first host, archives at the second."""

    serving: HttpsHost
    folder: Path
    host: Host

    @property
    def name(self) -> str:
        return f"{HOST}:{self.serving.port}"

    def offer(self, module: str, location: str, *versions: str) -> None:
        """Offer these versions of a module; the first is at `location`."""
        base = f"/v1/modules/{module}"
        found = {"modules": [{"versions": [{"version": one} for one in versions]}]}
        self.serving.answers[f"{base}/versions"] = (200, {}, json.dumps(found).encode())
        self.serving.answers[f"{base}/{versions[0]}/download"] = (204, {"X-Terraform-Get": location}, b"")

    def install(
        self,
        text: str,
        *,
        hosts: Sequence[str] = (HOST, FILES),
        private: Sequence[str] = (HOST, FILES, STRANGER),
    ) -> tuple[Path, tuple[InstalledModule, ...]]:
        """Install what a module names, and return its folder."""
        module = Path(tempfile.mkdtemp(dir=self.folder))
        (module / "main.tf").write_text(text)
        rules = FetchRules(private_hosts=private, authorities=self.serving.authorities, seconds=60)

        def resolve(_host: str, _port: int) -> list[str]:
            return ["127.0.0.1"]

        fetching = partial(
            fetch, cache=SourceCache(self.folder / "cache"), host=self.host, rules=rules, resolve=resolve
        )
        access = dict.fromkeys(hosts, GitAccess())
        registry = ModuleRegistry(Web(hosts, rules, resolve))
        return module, install_modules(module, module, access, fetching, registry, default_registry=self.name)


@pytest.fixture(scope="module")
def folder(open_folder: Path) -> Path:
    made = Path(tempfile.mkdtemp(dir=open_folder))
    made.chmod(0o711)
    return made


@pytest.fixture
def registry(folder: Path, isolating: Host) -> Iterator[Registry]:
    if not (folder / "git").exists():
        repository(folder / "git" / "net.git")
    with https_host(folder / "git", FILES, STRANGER) as serving:
        serving.answers["/.well-known/terraform.json"] = (200, {}, b'{"modules.v1": "/v1/modules/"}')
        yield Registry(serving, folder, isolating)


def test_terraform_uses_modules_of_a_registry(registry: Registry) -> None:
    here = registry.name
    inner = f'module "inner" {{\n  source  = "{here}/acme/net/aws//modules/net"\n  version = "~> 1.0"\n}}\n'
    archive = tar(
        top__main=inner + 'output "of" {\n  value = "archive of ${module.inner.of}"\n}\n',
        top__sub__main=OUTPUT.format("sub"),
    )
    registry.serving.answers["/stack.tar.gz"] = (200, {}, archive)
    registry.serving.answers["/moved.tar.gz"] = (
        302,
        {"Location": f"https://{FILES}:{registry.serving.port}/stack.tar.gz"},
        b"",
    )
    checksum = sha256(archive).hexdigest()
    registry.offer("acme/stack/aws", f"/moved.tar.gz//*?checksum=sha256:{checksum}", "0.2.0", "0.1.0", "0.3.0-beta1")
    located = f"git::{registry.serving.url('net.git')}?ref=v1"
    registry.offer("acme/net/aws", located, "1.10.0", "1.9.0", "2.0.0", "0.9.0")
    text = f"""
module "stack" {{
  source = "acme/stack/aws"
}}
module "sub" {{
  source  = "{here}/acme/stack/aws//sub"
  version = "0.2.0"
}}
output "of" {{
  value = "${{module.stack.of}} and ${{module.sub.of}}"
}}
"""
    module, installed = registry.install(text)
    commit = git(registry.folder / "git" / "net.git", "rev-parse", "main")
    assert [(one.key, one.version, one.commit) for one in installed] == [
        ("stack", "0.2.0", None),
        ("stack.inner", "1.10.0", commit),
        ("sub", "0.2.0", None),
    ]
    assert all(one.digest.startswith("sha256:") for one in installed)
    assert installed[0].words == f"version 0.2.0 of {here}/acme/stack/aws, {installed[0].digest}"
    if (terraform := shutil.which("tofu") or shutil.which("terraform")) is None:
        pytest.skip("there is neither tofu nor terraform on this machine")
    full = module / "main.tf"  # terraform itself would look for a module without a host elsewhere
    full.write_text(full.read_text().replace('"acme/stack', f'"{here}/acme/stack'))
    environment = {"PATH": os.environ["PATH"], "HOME": str(module), "TF_CLI_CONFIG_FILE": os.devnull}
    asked = len(registry.serving.asked)
    for command in (["init", "-backend=false"], ["apply", "-auto-approve"], ["output", "-raw", "of"]):
        ran = subprocess.run(
            [terraform, *command], cwd=module, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout == "archive of net and sub"
    assert len(registry.serving.asked) == asked


def one(registry: Registry, version: str = "") -> str:
    line = f'\n  version = "{version}"' if version else ""
    return f'module "x" {{\n  source = "{registry.name}/acme/x/aws"{line}\n}}\n'


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("s3::https://s3.amazonaws.com/bucket/x.zip", "neither in Git nor an archive"),
        ("https://{FILES}/x", "neither in Git nor an archive"),
        ("http://{FILES}/x.zip", "neither in Git nor an archive"),
        ("https://{STRANGER}/x.zip", f"modules are not fetched from {STRANGER}"),
        ("git::https://{STRANGER}/x.git?ref=v1", f"modules are not fetched from {STRANGER}"),
        ("git::https://{FILES}/x.git?sshkey=a", "a parameter that is not supported"),
        ("/to-stranger.zip", f"modules are not fetched from {STRANGER}"),
        ("/to-http.zip", "is not an https URL"),
        ("/loop.zip", "more than 5 redirects"),
        ("/text.tar.gz", "the archive cannot be unpacked"),
        ("/text.tar.gz?checksum=sha256:" + "0" * 64, "another digest than the registry says"),
        ("/text.tar.gz?checksum=md5:0", "is not a SHA-256"),
        ("/good.tar.gz//nowhere", "the archive has no folder nowhere"),
        ("/token.tar.gz", "it wants a token"),
        ("/nothing.tar.gz", "answers 404"),
    ],
)
def test_what_a_registry_cannot_offer(registry: Registry, location: str, said: str) -> None:
    answers, port = registry.serving.answers, registry.serving.port
    answers["/to-stranger.zip"] = (302, {"Location": f"https://{STRANGER}:{port}/x.zip"}, b"")
    answers["/to-http.zip"] = (302, {"Location": f"http://{FILES}:{port}/x.zip"}, b"")
    answers["/loop.zip"] = (302, {"Location": "/loop.zip"}, b"")
    answers["/text.tar.gz"] = (200, {}, b"text")
    answers["/good.tar.gz"] = (200, {}, tar(main=OUTPUT.format("x")))
    answers["/token.tar.gz"] = (401, {}, b"")
    answers["/nothing.tar.gz"] = (404, {}, b"")
    for name, value in {"FILES": FILES, "STRANGER": STRANGER}.items():
        location = location.replace(f"{{{name}}}", f"{value}:{port}")
    registry.offer("acme/x/aws", location, "1.0.0")
    with pytest.raises(LeastwayError, match=said):
        registry.install(one(registry))


def test_a_registry_that_is_not_listed_or_is_private_is_not_asked(registry: Registry) -> None:
    registry.offer("acme/x/aws", "/x.tar.gz", "1.0.0")
    with pytest.raises(LeastwayError, match=f"modules are not fetched from {HOST}"):
        registry.install(one(registry), hosts=[FILES])
    with pytest.raises(LeastwayError, match="is on a private network"):
        registry.install(one(registry), private=[])
    assert registry.serving.asked == []


def test_a_redirect_to_a_private_address_is_refused(registry: Registry) -> None:
    registry.offer("acme/x/aws", "/moved.tar.gz", "1.0.0")
    to = f"https://{FILES}:{registry.serving.port}/x.tar.gz"
    registry.serving.answers["/moved.tar.gz"] = (302, {"Location": to}, b"")
    with pytest.raises(LeastwayError, match="is on a private network"):
        registry.install(one(registry), private=[HOST])


@pytest.mark.parametrize(
    ("version", "said"),
    [("2.0.0", "no version 2.0.0 of the module"), ("newest", "cannot be read"), ("~> 1.1", "no version ~> 1.1")],
)
def test_a_version_that_is_not_there(registry: Registry, version: str, said: str) -> None:
    registry.offer("acme/x/aws", "/x.tar.gz", "1.0.0", "1.2.0-rc1")
    with pytest.raises(LeastwayError, match=said):
        registry.install(one(registry, version))


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("/.well-known/terraform.json", b"{}", "is not a registry of modules"),
        ("/.well-known/terraform.json", b"[]", "is not a JSON object"),
        ("/v1/modules/acme/x/aws/versions", b"<html>", "is not valid JSON"),
        ("/v1/modules/acme/x/aws/versions", b'{"modules": []}', "has no versions"),
        ("/v1/modules/acme/x/aws/1.0.0/download", b"{}", "does not say where the module is"),
    ],
)
def test_answers_that_are_not_those_of_a_registry(registry: Registry, path: str, answer: bytes, said: str) -> None:
    registry.offer("acme/x/aws", "/x.tar.gz", "1.0.0")
    registry.serving.answers[path] = (200, {}, answer)
    with pytest.raises(LeastwayError, match=said):
        registry.install(one(registry))
