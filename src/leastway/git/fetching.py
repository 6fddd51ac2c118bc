"""A source, fetched: from its URL and revision to a folder with the files of one commit.

1. The URL and the revision are read; what Git could read as an option never reaches it.
2. The host's address is resolved once and checked.
3. Git runs in a sandbox whose only way out is a socket that is relayed to that address and port. It lists the
   repository's refs, which gives the commit.
4. A commit that is not in the cache is fetched without its history and checked out, in another sandbox.
5. The tree is checked: no submodules, no LFS, no link out of it. Only then it enters the cache.

Without isolation, Git runs with the same configuration and connects to the address itself.
"""

from __future__ import annotations

import io
import re
import shutil
from collections import deque
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.git.addresses import Resolve, address_of
from leastway.git.cache import SourceCache
from leastway.git.command import GitSetting, git_setting
from leastway.git.credential import GitAccess
from leastway.git.failures import failure
from leastway.git.relay import Relay
from leastway.git.remote import Remote, remote_of
from leastway.git.revision import check_revision, commit_of, is_commit, patterns_of
from leastway.git.tree import check_listing, check_tree, folder_within
from leastway.isolation import LOOPBACK, Ended, Exit, Host, Limits, Running, Sandbox, launch, read_left
from leastway.primitives import resolved
from leastway.registry import GitSource

__all__ = ["FetchRules", "Fetched", "fetch"]

_MIB = 1024 * 1024
_LARGEST_LIST = 16 * _MIB
_LINES = 20
"""How many lines of stderr are kept: the last ones."""
_LOOK = 0.5
"""Seconds between two looks whether the source is still wanted."""
_LISTING = "listing"
_TREE = "tree"
_FILE_TOO_LARGE = re.compile(r"File size limit exceeded|File too large")
_FETCH = f"""
set -e
git init --quiet --bare repository
cd repository
if ! git fetch --quiet --no-tags --depth=1 -- "$1" "+$2:refs/leastway/wanted" 2> ../refused; then
    # A host may give only what its branches and tags name: then all of them are fetched, with their history.
    grep -q -e 'not our ref' -e 'unadvertised object' ../refused || {{ cat ../refused >&2; exit 1; }}
    git fetch --quiet --no-tags -- "$1" '+refs/heads/*:refs/leastway/heads/*' '+refs/tags/*:refs/leastway/tags/*'
fi
git cat-file -e "$2^{{commit}}"
git ls-tree -r -z --full-tree "$2" > ../{_LISTING}
mkdir ../{_TREE}
git --work-tree=../{_TREE} checkout --quiet --force --no-recurse-submodules "$2" -- .
cd ..
rm -rf repository
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRules:
    """What the operator of the server allows.

    `private_hosts` may have addresses that are not public. `authorities` are certificates in PEM for https hosts that
    replace those of the machine. `largest` is in bytes, for what is received and for what it becomes on the disk;
    `seconds` is for each of the two sandboxes.
    """

    private_hosts: Collection[str] = ()
    authorities: str | None = field(default=None, repr=False)
    largest: int = 256 * _MIB
    seconds: float = 300


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source in a folder: its commit, the digest of the repository's files, their folder, and the module's in it."""

    commit: str
    digest: str
    tree: Path
    module: Path


def fetch(
    source: GitSource,
    access: GitAccess,
    to: Path,
    *,
    cache: SourceCache,
    host: Host,
    rules: FetchRules | None = None,
    resolve: Resolve = resolved,
    stopped: Callable[[], bool] = lambda: False,
) -> Fetched:
    """Put the files of a source into `to`, which must not exist. Once `stopped` says so, what works is killed.

    Raises InvalidInputError for a source or a credential that cannot be meant, LeastwayError if it cannot be fetched or
    its tree is refused, OSError if the disk fails. Then `to` does not exist.
    """
    rules = rules or FetchRules()
    if host.place is None and shutil.which("git") is None:  # a pod has the image's
        raise LeastwayError("git is not installed", fix="install the package git, and openssh-client for ssh")
    remote = remote_of(source.url)
    check_revision(source.rev)
    where = f"{remote.url}@{source.rev or 'HEAD'}"
    address = address_of(remote.host, remote.port, private_hosts=rules.private_hosts, resolve=resolve)
    git = _Git(remote, access, rules, host, address, stopped)
    with ExitStack() as undone, cache.new_folder() as folder:
        undone.callback(shutil.rmtree, to, ignore_errors=True)
        commit = source.rev if is_commit(source.rev) else git.commit(source.rev, folder)
        digest = cache.copy(remote.url, commit, to)
        if digest is None:
            cache.put(git.tree(commit, folder, where), remote.url, commit)
            digest = cache.copy(remote.url, commit, to)
        if digest is None:
            raise LeastwayError("the source left the cache before it was copied", where=where, fix="try again")
        module = folder_within(to, source.path, where=where)
        undone.pop_all()
    return Fetched(commit, digest, to, module)


class _Git:
    """Git's programs for one remote, each in a sandbox of its own."""

    def __init__(
        self,
        remote: Remote,
        access: GitAccess,
        rules: FetchRules,
        host: Host,
        address: str,
        stopped: Callable[[], bool],
    ) -> None:
        self._remote = remote
        self._stopped = stopped
        self._rules = rules
        self._host = host
        self._address = address
        self._is_isolated = host.is_isolated
        reached = LOOPBACK if self._is_isolated else address
        self._setting: GitSetting = git_setting(remote, access, address=reached, authorities=rules.authorities)

    def commit(self, text: str, folder: Path) -> str:
        """Return the commit that a revision means at the remote."""
        work = self._work(folder, "list")
        command = ("/usr/bin/env", "git", "ls-remote", "--quiet", "--", self._remote.url, *patterns_of(text))
        said = self._run(command, work)
        return commit_of(text, said, where=self._remote.url)

    def tree(self, commit: str, folder: Path, where: str) -> Path:
        """Fetch a commit and return the folder with its files, once they are checked."""
        work = self._work(folder, "fetch")
        self._run(("/bin/sh", "-c", _FETCH, "git", self._remote.url, commit), work)
        check_listing(read_left(work, _LISTING, limit=self._rules.largest), where=where)
        check_tree(work / _TREE, where=where)
        self._host.take(work / _TREE)
        return work / _TREE

    def _work(self, folder: Path, name: str) -> Path:
        """Return a new folder in which the sandbox's user can write."""
        folder.chmod(0o711)
        work = folder / name
        work.mkdir(mode=0o700)
        self._host.give(work)
        return work

    def _run(self, command: tuple[str, ...], work: Path) -> str:
        """Run a command and return its stdout. Raises LeastwayError with what Git says."""
        rules = self._rules
        sandbox = Sandbox(
            command=command,
            folder=work,
            environment=self._setting.environment,
            writable=(work,),
            files=self._setting.files,
            ports=(self._remote.port,) if self._is_isolated else (),
            limits=Limits(disk=3 * rules.largest, file=rules.largest, output=_LARGEST_LIST, seconds=rules.seconds),
        )
        stdout, errors = io.BytesIO(), deque[str](maxlen=_LINES)
        with (
            launch(sandbox, self._host, on_lines=lambda _, lines: errors.extend(lines), stdout=stdout) as running,
            ExitStack() as relayed,
        ):
            relay = None
            for listening in running.sockets:
                port = self._remote.port
                relay = relayed.enter_context(Relay(listening, self._address, port, limit=rules.largest))
            ended = self._end_of(running)
        if ended.is_success and not ended.is_cut:
            return stdout.getvalue().decode(errors="replace")
        if ended.ended is Ended.KILLED and self._stopped():
            raise LeastwayError("fetching the source was stopped", where=self._remote.url, fix="start another run")
        is_larger = ended.ended is Ended.DISK or ended.is_cut or (relay is not None and relay.is_over_limit)
        if is_larger or any(_FILE_TOO_LARGE.search(line) for line in errors):
            raise LeastwayError(
                f"the source is larger than {rules.largest // _MIB} MiB",
                where=self._remote.url,
                fix="make it smaller, or ask the operator of the server to allow more",
            )
        if relay is not None and relay.error is not None:
            raise LeastwayError(
                f"the host of the source cannot be reached at {self._address}: {relay.error}", where=self._remote.url
            )
        raise failure(errors, ended, self._remote, rules.seconds)

    def _end_of(self, running: Running) -> Exit:
        """Wait for the end of a sandbox, and kill it once nobody wants its work any more."""
        while True:
            try:
                return running.wait(_LOOK)
            except TimeoutError:
                if self._stopped():
                    running.kill()
