"""Exporting: from the live modes of the clusters to files, and from files back to what has become of them.

The estate depends on what each cluster says of itself, so a grant with a cluster that could not be asked is not
exported: half of a grant looks like a whole one to whoever runs the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from leastway.app.open_grant import OpenGrant
from leastway.app.planning import make_plan
from leastway.app.progress import Progress
from leastway.errors import ExitCode, LeastwayError
from leastway.export import FORMATS, ExportRequest, FileState, check, is_ours

__all__ = ["ClusterUnknownError", "check_folder", "make_export", "write_files"]

_LARGEST = 1 << 20
"""Characters of a file that could be ours; what is larger is not read."""


class ClusterUnknownError(LeastwayError):
    """A cluster did not say what it is, so nobody knows which objects let the platform in."""

    exit_code = ExitCode.UNKNOWN


def make_export(work: OpenGrant, name: str, *, progress: Progress | None = None) -> Mapping[str, str]:
    """Return the files of the format `name`, one of `FORMATS`, by their paths.

    Reads, and keeps the external ids that the files name in the store, as planning does.
    """
    planned = make_plan(work, progress=progress)
    for problem in planned.compiled.unreadable:
        raise ClusterUnknownError(problem.reason, where=str(problem.where), fix=problem.fix or None)
    profile = work.grant.platform
    return FORMATS[name].export(ExportRequest(profile.name, profile.version, planned.compiled.estate))


def check_folder(folder: Path, files: Mapping[str, str]) -> tuple[FileState, ...]:
    """Compare the files of `folder` with what would be exported now; a folder that is not there has none."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size <= _LARGEST:
            found[path.relative_to(folder).as_posix()] = _read(path)
    return check(files, found)


def write_files(folder: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    """Write the files into `folder`, those that are exports over what they were; nothing is removed.

    LeastwayError, before anything is written, where a file that leastway did not export is in the way.
    """
    paths = {folder / path: text for path, text in files.items()}
    for path in paths:
        if path.exists() and not (path.is_file() and is_ours(_read(path))):
            raise LeastwayError("leastway did not write it", where=str(path), fix="name another folder with --out")
    for path, text in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        if text.startswith("#!"):
            path.chmod(path.stat().st_mode | _where_readable(path.stat().st_mode))
    return tuple(paths)


def _read(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")


def _where_readable(mode: int) -> int:
    """Return the bits of execution for those who may read."""
    return (mode & 0o444) >> 2
