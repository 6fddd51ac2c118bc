"""`leastway export`: the grant as files for another tool."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import grant_argument, json_flag
from leastway.export import FORMATS

__all__ = ["command"]

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(name="export", epilog="Formats: " + "; ".join(f"{one.name}, {one.makes}" for one in FORMATS.values()))
@click.argument("name", type=click.Choice(list(FORMATS)), metavar="FORMAT")
@grant_argument
@click.option("--out", type=_FOLDER, help="Write the files into this folder.")
@click.option("--check", "checked", type=_FOLDER, help="Write nothing; say what in this folder is not current.")
@json_flag
def command(name: str, grant: Path, out: Path | None, checked: Path | None, as_json: bool) -> int:
    """Export GRANT (grant.yaml) as FORMAT, for a tool that makes the same objects with the same marks.

    The clusters are asked for their authentication modes; nothing is changed. With --check, exits with 0 when every
    file is current, 3 when one is stale, edited, missing or extra. Exits with 4 when a cluster could not be asked.
    """
    from leastway.app.exporting import check_folder, make_export, write_files
    from leastway.app.wiring import opened
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit
    from leastway.errors import ExitCode
    from leastway.export import StateOfFile

    if (out is None) == (checked is None):
        raise click.UsageError("say where: --out DIR writes the files, --check DIR compares them")
    with opened(grant) as work, TerminalProgress(quiet=as_json) as progress:
        files = make_export(work, name, progress=progress)
    if out is not None:
        written = [str(path) for path in write_files(out, files)]
        left = [one.path for one in check_folder(out, files) if one.state is StateOfFile.EXTRA]
        if as_json:
            emit({"written": written, "extra": left})
            return ExitCode.DONE
        for path in written:
            click.echo(f"wrote {path}")
        for extra in left:
            click.echo(f"the grant no longer makes {out / extra}: remove it", err=True)
        return ExitCode.DONE
    assert checked is not None  # noqa: S101 - one of the two is given
    states = check_folder(checked, files)
    if as_json:
        emit([{"path": one.path, "state": one.state.value} for one in states])
    else:
        for one in states:
            click.echo(f"{one.state.value:8} {checked / one.path}")
    return ExitCode.DONE if all(one.state is StateOfFile.CURRENT for one in states) else ExitCode.NEGATIVE
