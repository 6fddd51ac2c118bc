"""Sources by https and ssh, from real servers, in a sandbox that reaches nothing else."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.errors import InvalidInputError, LeastwayError
from leastway.git import Fetched, FetchRules, GitAccess, Password, SourceCache, SshKey, fetch, tree_digest
from leastway.isolation import Host
from leastway.primitives import Secret
from leastway.registry import GitSource
from tests.integration.git.hosts import (
    BACKEND,
    HOST,
    PASSWORD,
    SSHD,
    USER,
    HttpsHost,
    SshHost,
    commit,
    git,
    https_host,
    new_key,
    repository,
    ssh_host,
)
from tests.integration.isolation.running import processes_with, until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not BACKEND.exists(), reason="there is no git http-backend on this machine"),
]
needs_sshd = pytest.mark.skipif(not SSHD.exists(), reason="there is no sshd on this machine")

RIGHT = GitAccess(credential=Password(user=USER, password=Secret(PASSWORD)))


class Fetching:
    """Fetches from the hosts of these tests, each time into a new folder."""

    def __init__(self, host: Host, folder: Path, authorities: str) -> None:
        self.host = host
        self.folder = folder
        self.rules = FetchRules(private_hosts={HOST}, authorities=authorities, seconds=60)
        self.cache = SourceCache(folder / "cache")
        self._count = 0

    def __call__(self, url: str, rev: str = "", access: GitAccess | None = None, path: str = "") -> Fetched:
        self._count += 1
        return fetch(
            GitSource(url=url, rev=rev, path=path),
            access or GitAccess(),
            self.folder / f"to-{self._count}",
            cache=self.cache,
            host=self.host,
            rules=self.rules,
            resolve=lambda _host, _port: ["127.0.0.1"],
        )

    def with_no_cache(self) -> "Fetching":
        shutil.rmtree(self.folder / "cache")
        self.cache = SourceCache(self.folder / "cache")
        return self


@pytest.fixture(scope="module")
def repositories(open_folder: Path) -> Path:
    repository(open_folder / "git" / "infra.git")
    return open_folder / "git"


@pytest.fixture(scope="module")
def public(repositories: Path) -> Iterator[HttpsHost]:
    with https_host(repositories) as serving:
        yield serving


@pytest.fixture(scope="module")
def private(repositories: Path) -> Iterator[HttpsHost]:
    with https_host(repositories, is_private=True) as serving:
        yield serving


@pytest.fixture
def fetching(isolating: Host, open_folder: Path, public: HttpsHost) -> Fetching:
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    folder.chmod(0o711)
    return Fetching(isolating, folder, public.authorities)


@pytest.mark.parametrize("rev", ["", "main", "v1", "refs/heads/main", "refs/tags/v1", "commit"])
def test_a_branch_a_tag_and_a_commit_are_fetched(
    fetching: Fetching, public: HttpsHost, repositories: Path, rev: str
) -> None:
    head = git(repositories / "infra.git", "rev-parse", "main")
    fetched = fetching(public.url("infra.git"), head if rev == "commit" else rev)
    assert fetched.commit == head
    assert (fetched.module / "main.tf").read_text() == (repositories / "infra.git" / "main.tf").read_text()
    assert {path.name for path in fetched.tree.iterdir()} == {"main.tf", "modules", "run.sh", "link.tf"}
    assert os.access(fetched.tree / "run.sh", os.X_OK)
    assert (fetched.tree / "link.tf").is_symlink()
    assert (fetched.tree / "main.tf").stat().st_uid == os.geteuid()


def test_a_commit_that_no_branch_begins_with_is_fetched(
    fetching: Fetching, public: HttpsHost, repositories: Path
) -> None:
    folder = repository(repositories / "older.git")
    older = git(folder, "rev-parse", "main")
    (folder / "new.tf").write_text("")
    commit(folder, "two")
    assert not (fetching(public.url("older.git"), older).tree / "new.tf").exists()


def test_a_sub_directory_is_the_module(fetching: Fetching, public: HttpsHost) -> None:
    fetched = fetching(public.url("infra.git"), "main", path="modules/net")
    assert (fetched.module / "main.tf").read_text().count("net") == 1
    assert (fetched.tree / "main.tf").exists()
    for path in ("modules/missing", "main.tf", "link.tf", "../x"):
        with pytest.raises(LeastwayError, match="no folder"):
            fetching(public.url("infra.git"), "main", path=path)
    assert not list(fetching.folder.glob("to-[2-9]"))


def test_a_commit_is_fetched_once(fetching: Fetching, public: HttpsHost, repositories: Path) -> None:
    head = git(repositories / "infra.git", "rev-parse", "main")
    first = fetching(public.url("infra.git"), head)
    (first.tree / "main.tf").write_text("changed by a run")
    public.asked.clear()
    second = fetching(public.url("infra.git"), head)
    assert public.asked == []
    assert "changed" not in (second.tree / "main.tf").read_text()
    assert second.digest == first.digest == tree_digest(second.tree)


def test_a_private_repository_needs_the_credential(
    fetching: Fetching, private: HttpsHost, caplog: pytest.LogCaptureFixture
) -> None:
    fetching.rules = replace(fetching.rules, authorities=private.authorities)
    assert fetching(private.url("infra.git"), "main", RIGHT).commit
    fetching.with_no_cache()
    for access in (GitAccess(), GitAccess(credential=Password(user=USER, password=Secret("wrong-horse")))):
        with pytest.raises(LeastwayError) as raised:
            fetching(private.url("infra.git"), "main", access)
        assert "credential" in (raised.value.fix or "")
        assert "wrong-horse" not in str(raised.value)
    assert PASSWORD not in caplog.text
    assert all(PASSWORD not in asked for asked, _ in private.asked)
    left = subprocess.run(["grep", "-r", PASSWORD, fetching.folder], capture_output=True, check=False)
    assert left.returncode == 1


def test_redirects_are_not_followed(fetching: Fetching, public: HttpsHost) -> None:
    with pytest.raises(LeastwayError, match="302") as raised:
        fetching(public.url("moved/infra.git"), "main")
    assert "redirects" in (raised.value.fix or "")


def test_the_certificate_of_the_host_is_verified(fetching: Fetching, public: HttpsHost) -> None:
    fetching.rules = replace(fetching.rules, authorities=None)
    with pytest.raises(LeastwayError, match=r"(?i)certificate"):
        fetching(public.url("infra.git"), "main")


def test_a_host_that_does_not_answer_is_named(fetching: Fetching) -> None:
    with pytest.raises(LeastwayError, match=r"cannot be reached at 127\.0\.0\.1"):
        fetching(f"https://{HOST}:9/infra.git", "main")


def test_a_private_host_is_refused_unless_it_is_listed(fetching: Fetching, public: HttpsHost) -> None:
    fetching.rules = replace(fetching.rules, private_hosts=())
    public.asked.clear()
    with pytest.raises(LeastwayError, match="private network"):
        fetching(public.url("infra.git"), "main")
    assert public.asked == []


def test_what_does_not_exist_says_so(fetching: Fetching, public: HttpsHost) -> None:
    with pytest.raises(LeastwayError, match="no branch or tag absent"):
        fetching(public.url("infra.git"), "absent")
    with pytest.raises(LeastwayError) as raised:
        fetching(public.url("infra.git"), "0" * 39 + "1")
    assert raised.value.fix == "check the revision"
    with pytest.raises(LeastwayError) as raised:
        fetching(public.url("absent.git"), "main")
    assert "check the address" in (raised.value.fix or "")
    with pytest.raises(LeastwayError) as raised:
        fetching(public.url("infra.git"), "abc1234")
    assert "all digits" in (raised.value.fix or "")


def test_a_name_of_two_things_is_refused(fetching: Fetching, public: HttpsHost, repositories: Path) -> None:
    folder = repository(repositories / "twice.git")
    git(folder, "branch", "v1")
    with pytest.raises(LeastwayError, match="a branch and a tag"):
        fetching(public.url("twice.git"), "v1")


@pytest.mark.parametrize("rev", ["--upload-pack=/bin/sh", "-c", "a..b", "a b", "main^", "x:y", "*", "a.lock", "a//b"])
def test_a_revision_that_git_could_misread_is_refused(fetching: Fetching, public: HttpsHost, rev: str) -> None:
    public.asked.clear()
    with pytest.raises(InvalidInputError):
        fetching(public.url("infra.git"), rev)
    assert public.asked == []


def test_submodules_are_refused_by_name(fetching: Fetching, public: HttpsHost, repositories: Path) -> None:
    folder = repository(repositories / "nesting.git")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendored/inner")
    git(folder, "commit", "--quiet", "--message=nesting")
    with pytest.raises(LeastwayError, match=r"submodules.*vendored/inner"):
        fetching(public.url("nesting.git"), "main")


def test_files_of_lfs_are_refused_by_name(fetching: Fetching, public: HttpsHost, repositories: Path) -> None:
    folder = repository(repositories / "large.git")
    (folder / ".gitattributes").write_text("*.zip filter=lfs diff=lfs merge=lfs -text\n")
    (folder / "lambda.zip").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    commit(folder, "large")
    with pytest.raises(LeastwayError, match=r"LFS.*lambda.zip"):
        fetching(public.url("large.git"), "main")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside", "modules/../../x", "up/up/passwd"])
def test_links_that_leave_the_tree_are_refused(
    fetching: Fetching, public: HttpsHost, repositories: Path, target: str
) -> None:
    name = f"links{abs(hash(target))}.git"
    folder = repository(repositories / name)
    (folder / "up").symlink_to("..")
    if not target.startswith("up"):
        (folder / "up").unlink()
    (folder / "leaving").symlink_to(target)
    commit(folder, "links")
    with pytest.raises(LeastwayError, match=r"link (leaving|up) leads out"):
        fetching(public.url(name), "main")


def test_hooks_and_attributes_of_a_repository_run_nothing(
    fetching: Fetching, public: HttpsHost, repositories: Path
) -> None:
    folder = repository(repositories / "hooked.git")
    (folder / ".gitattributes").write_text("* filter=evil ident\nskipped.tf export-ignore\n")
    (folder / "skipped.tf").write_text("# $Id$\n")
    (folder / ".gitconfig").write_text('[filter "evil"]\n  smudge = touch /tmp/evil\n')
    (folder / "hooks").mkdir()
    (folder / "hooks" / "post-checkout").write_text("#!/bin/sh\ntouch /tmp/evil\n")
    (folder / "hooks" / "post-checkout").chmod(0o755)
    commit(folder, "hooked")
    fetched = fetching(public.url("hooked.git"), "main")
    assert (fetched.tree / "skipped.tf").exists()
    assert not Path("/tmp/evil").exists()


def test_a_source_that_is_too_large_is_refused(fetching: Fetching, public: HttpsHost, repositories: Path) -> None:
    folder = repository(repositories / "big.git")
    (folder / "random").write_bytes(os.urandom(3_000_000))
    (folder / "zeros").write_bytes(b"")
    commit(folder, "big")
    fetching.rules = replace(fetching.rules, largest=1024 * 1024)
    with pytest.raises(LeastwayError, match="larger than 1 MiB"):
        fetching(public.url("big.git"), "main")
    git(folder, "rm", "--quiet", "random")
    (folder / "zeros").write_bytes(bytes(40_000_000))  # small on the way, large on the disk
    commit(folder, "zeros")
    with pytest.raises(LeastwayError, match="larger than 1 MiB"):
        fetching(public.url("big.git"), "main")
    assert [path.name for path in fetching.folder.iterdir()] == ["cache"]
    assert not list((fetching.folder / "cache").iterdir())


@pytest.mark.parametrize("name", [".git", "..", ".GIT"])
def test_a_tree_with_a_name_that_leads_out_is_refused_by_git(
    fetching: Fetching, public: HttpsHost, repositories: Path, name: str
) -> None:
    path = f"odd{['.git', '..', '.GIT'].index(name)}.git"
    folder = repository(repositories / path)
    inner = git(folder, "rev-parse", "main:modules")
    (folder / "listing").write_text(f"040000 tree {inner}\t{name}\n")
    tree = subprocess.run(
        ["git", "-C", folder, "mktree"], input=(folder / "listing").read_bytes(), capture_output=True, check=True
    ).stdout.strip()
    odd = git(folder, "commit-tree", "-m", "odd", tree.decode())
    git(folder, "update-ref", "refs/heads/main", odd)
    with pytest.raises(LeastwayError) as raised:
        fetching(public.url(path), "main")
    assert "git fsck" in (raised.value.fix or "")


def test_a_host_that_never_answers_is_given_up(fetching: Fetching) -> None:
    fetching.rules = replace(fetching.rules, seconds=1)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(LeastwayError, match="not fetched within 1 sec"),
    ):
        fetching(f"https://{HOST}:{silent.getsockname()[1]}/infra.git", "main")


def test_a_fetch_that_is_killed_leaves_no_process_and_no_entry(
    fetching: Fetching, isolating: Host, repositories: Path
) -> None:
    program = """
import sys
from pathlib import Path
from leastway.git import FetchRules, GitAccess, Password, SourceCache, fetch
from leastway.isolation import Host
from leastway.primitives import Secret
from leastway.registry import GitSource
folder, port = Path(sys.argv[1]), sys.argv[2]
fetch(
    GitSource(url=f"https://git.example.org:{port}/x", rev="main"),
    GitAccess(credential=Password(password=Secret("open-" + "sesame"))),
    folder / "to",
    cache=SourceCache(folder / "cache"),
    host=Host.here(),
    rules=FetchRules(private_hosts={"git.example.org"}),
    resolve=lambda host, port: ["127.0.0.1"],
)
"""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with subprocess.Popen([sys.executable, "-c", program, fetching.folder, str(port)]) as killed:
            silent.settimeout(30)
            accepted, _ = silent.accept()  # git has connected, through the relay
            accepted.close()
            killed.kill()
    left = subprocess.run(["grep", "-r", "open-sesame", fetching.folder], capture_output=True, check=False)
    assert left.returncode == 1
    assert all(path.name.startswith(".partial-") for path in (fetching.folder / "cache").iterdir())
    assert until(lambda: not processes_with(f"git.example.org:{port}"))


def test_without_isolation_the_same_configuration_holds(fetching: Fetching, private: HttpsHost) -> None:
    fetching.host = Host.without_isolation("a test", user=fetching.host.user)
    fetching.rules = replace(fetching.rules, authorities=private.authorities)
    assert fetching(private.url("infra.git"), "v1", RIGHT).commit
    with pytest.raises(LeastwayError, match="302"):
        fetching(private.url("moved/infra.git"), "v1", RIGHT)


@pytest.fixture(scope="module")
def sshd(open_folder: Path, repositories: Path) -> Iterator[SshHost]:
    with ssh_host(open_folder / "sshd") as serving:
        yield serving


def by_ssh(sshd: SshHost, **changes: object) -> GitAccess:
    given = {"credential": SshKey(key=Secret(sshd.key)), "host_keys": (sshd.host_key,)}
    return GitAccess(**(given | changes))  # type: ignore[arg-type]


@needs_sshd
def test_a_source_by_ssh_is_fetched_with_its_key(fetching: Fetching, sshd: SshHost, repositories: Path) -> None:
    url = sshd.url(str(repositories / "infra.git").lstrip("/"))
    head = git(repositories / "infra.git", "rev-parse", "main")
    for rev in ("main", "v1", head):
        assert fetching.with_no_cache()(url, rev, by_ssh(sshd)).commit == head


@needs_sshd
def test_the_ssh_host_is_known_by_its_pinned_keys_alone(
    fetching: Fetching, sshd: SshHost, repositories: Path, tmp_path: Path
) -> None:
    url = sshd.url(str(repositories / "infra.git").lstrip("/"))
    new_key(tmp_path / "other")
    other = (tmp_path / "other.pub").read_text().strip()
    with pytest.raises(LeastwayError, match="Host key verification failed"):
        fetching(url, "main", by_ssh(sshd, host_keys=(other,)))
    with pytest.raises(InvalidInputError, match="no keys by which"):
        fetching(url, "main", by_ssh(sshd, host_keys=()))


@needs_sshd
def test_an_ssh_key_that_does_not_open_says_so(
    fetching: Fetching, sshd: SshHost, repositories: Path, tmp_path: Path
) -> None:
    url = sshd.url(str(repositories / "infra.git").lstrip("/"))
    stranger = SshKey(key=Secret(new_key(tmp_path / "stranger")))
    with pytest.raises(LeastwayError) as raised:
        fetching(url, "main", by_ssh(sshd, credential=stranger))
    assert "public key" in (raised.value.fix or "")
