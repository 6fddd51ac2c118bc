"""`leastway export`: write the grant as files for another tool, or check these files."""

from __future__ import annotations

import os
from pathlib import Path

import click

from leastway.cli.options import SuggestingChoice, grant_argument, json_flag, log_options
from leastway.export import FORMATS

__all__ = ["command"]

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(name="export", epilog="Formats: " + "; ".join(f"{one.name}, {one.makes}" for one in FORMATS.values()))
@click.argument("name", type=SuggestingChoice(list(FORMATS)), metavar="FORMAT")
@grant_argument
@click.option("--out", type=_FOLDER, help="Write the files into this folder.")
@click.option(
    "--check", "checked", type=_FOLDER, help="Write nothing; report the files in this folder that are not current."
)
@log_options
@json_flag
def command(name: str, grant: Path, out: Path | None, checked: Path | None, as_json: bool) -> int:
    """Export GRANT (grant.yaml) as FORMAT, for a tool that creates the same objects with the same marks.

    The authentication modes of the clusters are read; nothing is changed. With --check, exits with 0 when every file is
    current, 3 when one is stale, edited, missing or extra. Exits with 4 when a cluster or a file could not be read.
    """
    from leastway.app.export import make_export
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.terminal import emit, say, say_lines
    from leastway.errors import ExitCode
    from leastway.export import NothingToExportError, StateOfFile, check_folder, write_files

    if (out is None) == (checked is None):
        raise click.UsageError("give --out DIR to write the files, or --check DIR to compare them")
    with opened(grant) as open_grant, TerminalProgress(quiet=as_json) as progress:
        try:
            files = make_export(open_grant, name, progress=progress)
        except NothingToExportError as error:
            if checked is None:
                raise
            say_lines(error.diagnostics(), err=True)
            files = {}
    if out is not None:
        written = [_shown(path) for path in write_files(out, files)]
        left = [_shown(one.path) for one in check_folder(out, files) if one.state is StateOfFile.EXTRA]
        if as_json:
            emit({"written": written, "extra": left})
            return ExitCode.DONE
        for path in written:
            say(f"wrote {path}")
        for extra in left:
            say(f"{out / extra} is no longer part of the export: delete it", err=True)
        return ExitCode.DONE
    assert checked is not None  # noqa: S101 - one of the two is given
    states = check_folder(checked, files, nothing_of=None if files else (name, open_grant.grant.name))
    if as_json:
        emit([{"path": _shown(one.path), "state": one.state.value, "why": one.why} for one in states])
    else:
        if not os.path.exists(checked):  # noqa: PTH110 - Path raises for a folder that cannot be opened
            say(f"folder {_shown(checked)} does not exist", err=True)
        for one in states:
            say(f"{one.state.value:10} {_shown(checked / one.path)}{one.why and f'  {one.why}'}")
    return verdicts.of_files(states)


def _shown(path: Path | str) -> str:
    """Return a printable path: the name of a file may not be valid UTF-8."""
    return click.format_filename(path)
