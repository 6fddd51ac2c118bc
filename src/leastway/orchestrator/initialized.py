"""What `init` left beside a module, kept so that a module with the same files need not be initialized again.

`init` runs no code of a module or a provider, so what it leaves follows from the files of the module, the program and
the mirror of providers. They name what is kept, in a folder for each organization. It is small: links to unpacked
providers, the lock file, and the record of the backend, which names no address and no key. Providers
that `init` unpacks out of archives are not kept, and a module with a backend of its own is always initialized.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from leastway.git import SourceCache, tree_digest
from leastway.orchestrator.folders import make_passable_folder
from leastway.orchestrator.settings import RunSettings
from leastway.registry import Run
from leastway.terraform import ModuleFolder, Program

__all__ = ["Initialized"]

_log = logging.getLogger("leastway.runs")

_CACHE: Final = "initialized"
_RECORD: Final = "initialized.json"
_DATA: Final = ".terraform"
_LOCK: Final = ".terraform.lock.hcl"
_NESTED: Final = "modules"
"""The folder of nested modules, which are fetched before `init`."""
_MOST_ENTRIES: Final = 512
_MOST_BYTES: Final = 1 << 20


class Initialized:
    """What `init` left, by the files that it worked with. Thread-safe.

    A folder that cannot be used is told to the operator, and the module is initialized.
    """

    def __init__(self, settings: RunSettings) -> None:
        self._settings = settings

    def restore(self, folder: Path, run: Run, module: ModuleFolder, program: Program) -> bool:
        """Put beside a fetched module what `init` left beside the same files; return whether there was something.

        `folder` is the run's own, with the module in it.
        """
        name, is_restored = "", False
        if not module.keeps_backend:
            with _warning(run):
                name = self._name(folder / "module", program)
                is_restored = self._restored(folder, run, module, name)
        (folder / _RECORD).write_text(json.dumps({"name": name, "is_restored": is_restored}))
        return is_restored

    def is_restored(self, folder: Path) -> bool:
        """Return whether the module of a run's folder needs no `init`."""
        return bool(_recorded(folder).get("is_restored"))

    def keep(self, folder: Path, run: Run, module: ModuleFolder) -> None:
        """Keep what `init` has just left beside a module, if it is small."""
        name = _recorded(folder).get("name")
        if not name:
            return
        with _warning(run):
            left = _left(module.path)
            if self._is_small(left):
                self._put(left, run, name)

    def _put(self, left: list[Path], run: Run, name: str) -> None:
        cache = self._cache(run)
        with cache.new_folder() as made:
            tree = made / "left"
            tree.mkdir()
            for each in left:
                if each.is_dir() and not each.is_symlink():
                    shutil.copytree(each, tree / each.name, symlinks=True)
                else:
                    shutil.copyfile(each, tree / each.name, follow_symlinks=False)
            cache.put(tree, _CACHE, name)

    def _restored(self, folder: Path, run: Run, module: ModuleFolder, name: str) -> bool:
        left = folder / "left"
        shutil.rmtree(left, ignore_errors=True)
        if self._cache(run).copy(_CACHE, name, left) is None:
            return False
        data = module.path / _DATA
        data.mkdir(exist_ok=True)  # it is there if the module has nested ones
        for each in left.iterdir():
            each.rename((module.path if each.name == _LOCK else data) / each.name)
        left.rmdir()
        return True

    def _is_small(self, left: list[Path]) -> bool:
        """Return whether these are few links into the mirror, and few bytes."""
        mirror, count, size = self._settings.mirror, 0, 0
        for top in left:
            for each in (top, *top.rglob("*")):
                found = each.lstat()
                count, size = count + 1, size + found.st_size
                if stat.S_ISLNK(found.st_mode):
                    if mirror is None or not each.readlink().is_relative_to(mirror):
                        return False
                elif not (stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)):
                    return False
                if count > _MOST_ENTRIES or size > _MOST_BYTES:
                    return False
        return True

    def _cache(self, run: Run) -> SourceCache:
        make_passable_folder(self._settings.folder / _CACHE)
        return SourceCache(self._settings.folder / _CACHE / run.organization, keep=256)

    def _name(self, files: Path, program: Program) -> str:
        parts = [program.name, program.sha256, tree_digest(files), *self._providers()]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _providers(self) -> Iterator[str]:
        """Yield what changes when the operator changes the mirror."""
        mirror = self._settings.mirror
        for each in sorted(mirror.rglob("*")) if mirror is not None else ():
            found = each.stat()
            yield f"{each} {found.st_size} {found.st_mtime_ns}" if stat.S_ISREG(found.st_mode) else str(each)


def _left(module: Path) -> list[Path]:
    """Return what `init` left beside a module: the members of its data but nested modules, and the lock file."""
    data = module / _DATA
    found = [] if data.is_symlink() or not data.is_dir() else [each for each in data.iterdir() if each.name != _NESTED]
    return [*found, *([module / _LOCK] if (module / _LOCK).exists() else [])]


@contextmanager
def _warning(run: Run) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _log.warning("run %s: what init leaves can be neither kept nor used: %s", run.id, error)


def _recorded(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / _RECORD).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
