"""Modules of repositories, fetched in a sandbox to be checked: `leastway.ports.ModuleSource` by git.

Each commit is fetched once for an organization. Nothing of it is run.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leastway.errors import LeastwayError
from leastway.git import FetchRules, Resolve, SourceCache, fetch
from leastway.isolation import Host
from leastway.orchestrator import SourceInputs, access_to
from leastway.ports import ModulePlace
from leastway.primitives import make_private_folder, read_file, resolved
from leastway.registry import GitSource

__all__ = ["CHECK_RULES", "GitModules"]

CHECK_RULES: Final = FetchRules(largest=64 << 20, seconds=15)
"""A client waits for the check, so a repository must answer soon."""
_SUFFIXES: Final = (".tf", ".tf.json", ".tofu", ".tofu.json")
_MOST_FILES: Final = 1_000
_LARGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class GitModules:
    """Fetches modules into `folder`, which is for them alone."""

    host: Host
    folder: Path
    rules: FetchRules = CHECK_RULES
    resolve: Resolve = resolved

    def read(self, place: ModulePlace) -> Mapping[str, bytes]:
        """Return the Terraform files of a module; see `leastway.ports.ModuleSource`."""
        try:
            make_private_folder(self.folder)
            self.folder.chmod(0o711)  # the sandbox's user passes through, to the folder of its fetch
            work = Path(tempfile.mkdtemp(dir=self.folder))
            try:
                return self._read(place, work)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        except OSError as error:
            raise LeastwayError(f"the disk of the server refuses it: {error.strerror}") from error

    def _read(self, place: ModulePlace, work: Path) -> Mapping[str, bytes]:
        source = SourceInputs(
            url=place.url,
            username=place.username,
            password=place.password,
            ssh_key=place.ssh_key,
            known_hosts=place.known_hosts,
        )
        fetched = fetch(
            GitSource(url=place.url, rev=place.rev, path=place.path),
            access_to(source),
            to=work / "tree",
            cache=SourceCache(self.folder / f"cache-{place.organization}"),
            host=self.host,
            rules=self.rules,
            resolve=self.resolve,
        )
        found: dict[str, bytes] = {}
        for at, folders, names in os.walk(fetched.module):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                path = Path(at, name)
                if name.endswith(_SUFFIXES) and not name.startswith(".") and len(found) < _MOST_FILES:
                    found[path.relative_to(fetched.module).as_posix()] = read_file(path, limit=_LARGEST, pipes=False)
        return found
