"""The module of a run: from a script in the definition, or from a Git repository at one commit."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leastway.errors import InvalidInputError
from leastway.git import (
    Fetch,
    FetchRules,
    GitAccess,
    InstalledModule,
    ModuleRegistry,
    Password,
    SourceCache,
    SshKey,
    Web,
    fetch,
    install_modules,
    remote_of,
)
from leastway.isolation import Host
from leastway.orchestrator.folders import make_passable_folder
from leastway.orchestrator.inputs import RunInputs, SourceInputs
from leastway.orchestrator.settings import RunSettings
from leastway.primitives import read_authorities
from leastway.registry import GitSource, Run, host_keys, is_ssh

__all__ = ["Fetched", "Sources", "access_to"]

_CACHE: Final = "sources"
_REGISTRIES: Final = {"tofu": "registry.opentofu.org", "terraform": "registry.terraform.io"}
"""Where each program looks for a module whose source names no host."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The folder of the module, the files that it is among, and its commit, which is None without a repository."""

    path: Path
    tree: Path
    commit: str | None


Stopped = Callable[[], bool]
"""Whether the run was cancelled or killed, so that nobody waits for its source any more."""


class Sources:
    """Fetches modules. Trees of commits are kept for each organization."""

    def __init__(self, host: Host, settings: RunSettings) -> None:
        self._host = host
        self._settings = settings

    def fetch(self, run: Run, inputs: RunInputs, folder: Path, stopped: Stopped) -> Fetched:
        """Fetch the module into an empty folder; a run that has a commit fetches exactly that one.

        Errors: LeastwayError, without a secret of the source.
        """
        if inputs.source is None:
            (folder / "main.tf").write_text(inputs.script or "")
            return Fetched(folder, folder, None)
        source = inputs.source
        wanted = GitSource(url=source.url, rev=run.commit or source.rev, path=source.path)
        found = self._fetching(run, stopped)(wanted, access_to(source), folder / "tree")
        return Fetched(found.module, found.tree, found.commit)

    def install(
        self, run: Run, inputs: RunInputs, found: Fetched, engine: str, stopped: Stopped
    ) -> tuple[InstalledModule, ...]:
        """Fetch the modules that the module names and install them for Terraform, which reaches no host itself.

        They come from the source's own host, with its credential, or from a listed host, without one. Errors:
        LeastwayError.
        """
        access = dict.fromkeys(self._settings.source_hosts, GitAccess())
        if inputs.source is not None:
            access[remote_of(inputs.source.url).host] = access_to(inputs.source)
        registry = ModuleRegistry(Web(frozenset(access), self._rules()))
        return install_modules(
            found.path,
            found.tree,
            access,
            self._fetching(run, stopped),
            registry,
            default_registry=_REGISTRIES[engine],
        )

    def _fetching(self, run: Run, stopped: Stopped) -> Fetch:
        """Return `fetch` with the cache of the run's organization and the rules of this server."""
        make_passable_folder(self._settings.folder / _CACHE)
        cache = SourceCache(self._settings.folder / _CACHE / run.organization)
        return functools.partial(fetch, cache=cache, host=self._host, rules=self._rules(), stopped=stopped)

    def _rules(self) -> FetchRules:
        ca = self._settings.source_ca
        authorities = None if ca is None else read_authorities(ca)
        return FetchRules(private_hosts=self._settings.source_hosts, authorities=authorities)


def access_to(source: SourceInputs) -> GitAccess:
    """Return how the source is reached: of a key and a password, by the one that its address takes.

    Errors: InvalidInputError.
    """
    key, password = source.ssh_key, source.password
    credential: Password | SshKey | None = None
    if key is not None and (password is None or is_ssh(source.url)):
        credential = SshKey(key=key)
    elif password is not None:
        credential = Password(password=password, user=source.username or "git")
    pinned = host_keys(source.known_hosts)
    if pinned is None:
        where, fix = "driver_inputs.values.source.known_hosts", "write what ssh-keyscan prints, one key a line"
        raise InvalidInputError("a line has no key of an ssh host", where=where, fix=fix)
    return GitAccess(credential=credential, host_keys=pinned)
