"""Readers of what names a source, opens it, and comes back from it."""

from __future__ import annotations

import gzip
import io
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from leastway.git import FetchRules, GitAccess, ModuleRegistry, SshKey, Web, nested_modules, remote_of
from leastway.git.archive import unpack
from leastway.git.module_registry import RegistryModule
from leastway.git.module_versions import newest
from leastway.git.revision import check_revision, commit_of
from leastway.git.tree import check_listing, check_tree
from leastway.git.web import WebAnswer
from leastway.primitives import Secret
from tests.fuzz.reader import reader

_KEY = (
    b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB\n"
    b"-----END OPENSSH PRIVATE KEY-----\n"
)


def _urls() -> list[bytes]:
    return [b"https://git.example.org:8443/a/b.git", b"ssh://git@git.example.org/a", b"git@git.example.org:a/b.git"]


@reader("URL of a source", _urls, share=0.5)
def _url(data: bytes, folder: Path) -> str | None:
    remote = remote_of(data.decode(errors="surrogateescape"))
    assert remote_of(remote.url) == remote
    return remote.url


@reader("refs of a source", lambda: [b"1" * 40 + b"\trefs/heads/main\n" + b"2" * 40 + b"\trefs/tags/main\n"], share=0.5)
def _refs(data: bytes, folder: Path) -> str | None:
    return commit_of("main", data.decode(errors="replace"), where="source")


@reader("revision of a source", lambda: [b"refs/heads/main", b"v1.2.3"], share=0.5)
def _revision(data: bytes, folder: Path) -> str | None:
    check_revision(data.decode(errors="replace"))
    return None


@reader("files of a source", lambda: [b"100644 blob " + b"1" * 40 + b"\tmain.tf\0160000 commit x\tinner\0"], share=0.5)
def _listing(data: bytes, folder: Path) -> str | None:
    check_listing(data, where="source")
    return None


@reader("ssh key of a source", lambda: [_KEY], share=0.5)
def _key(data: bytes, folder: Path) -> str | None:
    SshKey(key=Secret(data.decode(errors="replace"))).content()
    return None


@reader("keys of a source's host", lambda: [b"ssh-ed25519 AAAA"], share=0.5)
def _host_keys(data: bytes, folder: Path) -> str | None:
    return GitAccess(host_keys=(data.decode(errors="replace"),)).known_hosts("h").decode()


def _module() -> list[bytes]:
    return [
        b'module "a" {\n  source = "git::https://git.example.org/a.git//b?ref=v1"\n}\n',
        b'module "b" {\n  source = "./b"\n}\n\nmodule "c" {\n  source = "github.com/a/b"\n}\n',
        b'module "d" {\n  source = "git@git.example.org:a/b.git?ref=v1&depth=1"\n}\n',
    ]


@reader("modules that a module names", _module, share=0.5)
def _nested(data: bytes, folder: Path) -> str | None:
    (folder / "main.tf").write_bytes(data)
    return repr([(each.name, each.address) for each in nested_modules(folder)])  # foreign: escaped when it is shown


class _Answering(Web):
    """A host that answers each path with what its last part names."""

    def __init__(self, answers: Mapping[str, WebAnswer]) -> None:
        super().__init__((_HOST,), FetchRules())
        self._answers = answers

    def get(self, url: str, *, limit: int, to: BinaryIO | None = None) -> WebAnswer:
        self._checked(url)
        found = self._answers.get(url.rpartition("/")[2])
        return WebAnswer(url, 404, {}, b"") if found is None else replace(found, url=url)


_HOST = "modules.example.org"
_ANSWERS = {
    "terraform.json": b'{"modules.v1": "/v1/modules/"}',
    "versions": b'{"modules": [{"versions": [{"version": "1.2.3"}, {"version": "2.0.0-rc1+b"}]}]}',
    "location": b"/a.tar.gz//*?checksum=sha256:" + b"0" * 64 + b"&archive=zip",
}


def _answers() -> list[bytes]:
    usual = b"\n".join(_ANSWERS.values())
    return [
        usual,
        usual[:90],
        usual.replace(b'"/v1/modules/"', b'"//["'),
        usual.replace(b"/a.tar.gz", b"//[/a.tar.gz"),
        usual.replace(b"/a.tar.gz", b"https://["),
    ]


@reader("answers of a registry of modules", _answers)
def _registry(data: bytes, folder: Path) -> str | None:
    lines = [*data.split(b"\n"), b"", b"", b""]
    answers = {name: WebAnswer("", 200, {}, line) for name, line in zip(_ANSWERS, lines, strict=False)}
    headers = {"x-terraform-get": lines[2].decode(errors="replace")} if lines[2] else {}
    answers["download"] = WebAnswer("", 200, headers, lines[3])
    registry = ModuleRegistry(_Answering(answers))
    located = registry.locate(RegistryModule(_HOST, "acme/net/aws", "", "~> 1.0, != 1.0.1"))
    with tempfile.TemporaryDirectory(dir=folder) as made:
        registry.unpack(located.location, Path(made) / "to")
    return f"{located.version} {located.location}"


@reader("version of a module", lambda: [b">= 1.2, < 2.0.0-beta.1", b"~> 0.9\n1.0.0\n0.9.9+b"], share=0.5)
def _newest(data: bytes, folder: Path) -> str | None:
    constraint, *versions = data.decode(errors="replace").split("\n")
    return newest(["1.0.0", "1.5.0-rc1", *versions], constraint, where="module")


def _tars() -> list[bytes]:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, kind, more in (
            ("a", tarfile.DIRTYPE, {}),
            ("a/main.tf", tarfile.REGTYPE, {"comment": "x", "path": "a/é.tf"}),
            ("a/link", tarfile.SYMTYPE, {}),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.pax_headers = kind, "main.tf", dict(more)
            archive.addfile(member)
    return [out.getvalue()]


def _zips() -> list[bytes]:
    found = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", kind) as archive:
            archive.writestr("a/main.tf", "variable x {}\n" * 20)
            archive.writestr("b/", "")
            link = zipfile.ZipInfo("link")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "a/main.tf")
        found.append(out.getvalue())
    return found


@reader("module in a .tar.gz", _tars)
def _tar(data: bytes, folder: Path) -> str | None:
    return _unpacked(gzip.compress(data, 1), "tar.gz", folder)


@reader("module in a .zip", _zips)
def _zip(data: bytes, folder: Path) -> str | None:
    return _unpacked(data, "zip", folder)


def _unpacked(data: bytes, kind: str, folder: Path) -> str:
    with tempfile.TemporaryDirectory(dir=folder) as made:
        file, to = Path(made) / "archive", Path(made) / "to"
        file.write_bytes(data)
        try:
            unpack(file, kind, to, limit=1 << 20, where="module")
            check_tree(to, where="module")
        finally:
            assert {each.name for each in Path(made).iterdir()} <= {"archive", "to"}
        return "\n".join(sorted(repr(each.name) for each in to.rglob("*")))
