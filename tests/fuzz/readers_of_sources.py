"""Readers of what names a source, opens it, and comes back from it."""

from __future__ import annotations

from pathlib import Path

from leastway.git import GitAccess, SshKey, nested_modules, remote_of
from leastway.git.revision import check_revision, commit_of
from leastway.git.tree import check_listing
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
    return "\n".join(f"{each.name} {each.address}" for each in nested_modules(folder))
