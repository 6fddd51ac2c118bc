"""`leastway export`: write the grant as files for another tool, or check these files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.options import SuggestingChoice, grant_argument, json_flag, log_options
from leastway.export import FORMATS

if TYPE_CHECKING:
    from leastway.errors import ExitCode

__all__ = ["command"]

_FOLDER = click.Path(path_type=Path, file_okay=False)
_HTML = "html"
_CHARTS = "mermaid"
_PROVE = "prove --live"
_FORMATS = {**{one.name: one.makes for one in FORMATS.values()}, _HTML: "a page for the security review, into one FILE"}


@click.command(name="export", epilog="Formats: " + "; ".join(map(", ".join, _FORMATS.items())))
@click.argument("name", type=SuggestingChoice(list(_FORMATS)), metavar="FORMAT")
@grant_argument
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the files into this folder; for html, write this file."
)
@click.option(
    "--check", "checked", type=_FOLDER, help="Write nothing; report the files in this folder that are not current."
)
@click.option(
    "--live",
    is_flag=True,
    help="For html: read the accounts, and try the access as `leastway verify` does. For mermaid: read the accounts, "
    "and show the state and the proof of each line.",
)
@log_options
@json_flag
def command(name: str, grant: Path, out: Path | None, checked: Path | None, live: bool, as_json: bool) -> int:
    """Export GRANT (grant.yaml) as FORMAT, for a tool that creates the same objects with the same marks.

    The authentication modes of the clusters are read; nothing is changed. With --check, exits with 0 when every file is
    current, 3 when one is stale, edited, missing or extra. Exits with 4 when a cluster or a file could not be read.

    html is a page of one moment: who reaches what, the plan, the verification, and the proofs. Without --live, no
    account is read. It exits with 3 when something on it is refuted, denied or different, 4 when something is unknown.
    So does mermaid with --live.
    """
    if name == _HTML:
        return _html(grant, out, checked, live=live, as_json=as_json)
    if live and name == _CHARTS:
        return _live_charts(grant, out, checked, as_json=as_json)
    if live:
        raise click.UsageError("--live is for html and mermaid: the other formats always read the clusters")
    return _files(name, grant, out, checked, as_json=as_json)


def _html(grant: Path, out: Path | None, checked: Path | None, *, live: bool, as_json: bool) -> int:
    from leastway.app.review import make_review, write_review
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.prove import exit_code_of
    from leastway.cli.terminal import emit, say
    from leastway.verify import verdict

    if checked is not None:
        raise click.UsageError("--check is not for html: the page shows one moment; write a new one with --out FILE")
    if out is None:
        raise click.UsageError("give --out FILE to write the page")
    with opened(grant, writes=False) as open_grant, TerminalProgress(quiet=as_json) as progress:
        reviewed = make_review(open_grant, live=live, progress=progress)
    write_review(out, reviewed.page)
    if as_json:
        emit("export-html", {"written": [_shown(out)], "live": live})
    else:
        say(f"wrote {_shown(out)}")
    codes = {_PROVE if live else "prove": exit_code_of(reviewed.proofs)}
    if reviewed.planned is not None:
        codes |= {"plan": verdicts.of_plan(reviewed.planned.plan)}
        codes |= {"verify": verdicts.of_verdict(verdict(reviewed.answers))}
    return _worst_said(codes, grant)


def _live_charts(grant: Path, out: Path | None, checked: Path | None, *, as_json: bool) -> int:
    from leastway.app.review import make_charts
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.prove import exit_code_of

    if checked is not None:
        raise click.UsageError("--check is not for --live: these charts show one moment; write new ones with --out DIR")
    if out is None:
        raise click.UsageError("give --out DIR to write the charts")
    _refuse_file(out)
    with opened(grant, writes=False) as open_grant, TerminalProgress(quiet=as_json) as progress:
        charted = make_charts(open_grant, progress=progress)
    _write(out, charted.files, as_json=as_json)
    codes = {_PROVE: exit_code_of(charted.proofs), "plan": verdicts.of_plan(charted.planned.plan)}
    return _worst_said(codes, grant)


def _worst_said(codes: Mapping[str, ExitCode], grant: Path) -> ExitCode:
    """Return the worst code, and say which commands explain it: what differs may have no line in a picture."""
    from leastway.cli import verdicts
    from leastway.cli.terminal import say
    from leastway.errors import ExitCode

    words = {ExitCode.NEGATIVE: "as it should be", ExitCode.UNKNOWN: "known"}
    worst = verdicts.worst_of(codes.values())
    for name, code in codes.items():
        if code is worst and code in words:
            say(f"not everything is {words[code]}; see: leastway {name} {_shown(grant)}", err=True)
    return worst


def _files(name: str, grant: Path, out: Path | None, checked: Path | None, *, as_json: bool) -> int:
    from leastway.app.export import make_export
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.terminal import emit, say, say_lines
    from leastway.errors import ExitCode
    from leastway.export import NothingToExportError, check_folder

    if (out is None) == (checked is None):
        raise click.UsageError("give --out DIR to write the files, or --check DIR to compare them")
    if out is not None:
        _refuse_file(out)
    with opened(grant) as open_grant, TerminalProgress(quiet=as_json) as progress:
        try:
            files = make_export(open_grant, name, progress=progress)
        except NothingToExportError as error:
            if checked is None:
                raise
            say_lines(error.diagnostics(), err=True)
            files = {}
    if out is not None:
        _write(out, files, as_json=as_json)
        return ExitCode.DONE
    assert checked is not None  # noqa: S101 - one of the two is given
    states = check_folder(checked, files, nothing_of=None if files else (name, open_grant.grant.name))
    if as_json:
        emit(
            "export-check",
            {"files": [{"path": _shown(one.path), "state": one.state.value, "why": one.why} for one in states]},
        )
    else:
        if not os.path.exists(checked):  # noqa: PTH110 - Path raises for a folder that cannot be opened
            say(f"folder {_shown(checked)} does not exist", err=True)
        for one in states:
            say(f"{one.state.value:10} {_shown(checked / one.path)}{one.why and f'  {one.why}'}")
    return verdicts.of_files(states)


def _refuse_file(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise click.UsageError(f"--out {_shown(out)} is a file: give a folder")


def _write(out: Path, files: Mapping[str, str], *, as_json: bool) -> None:
    from leastway.cli.terminal import emit, say
    from leastway.export import StateOfFile, check_folder, write_files

    written = [_shown(path) for path in write_files(out, files)]
    left = [_shown(one.path) for one in check_folder(out, files) if one.state is StateOfFile.EXTRA]
    if as_json:
        emit("export", {"written": written, "extra": left})
        return
    for path in written:
        say(f"wrote {path}")
    for extra in left:
        say(f"{out / extra} is no longer part of the export: delete it", err=True)


def _shown(path: Path | str) -> str:
    """Return a printable path: the name of a file may not be valid UTF-8."""
    return click.format_filename(path)
