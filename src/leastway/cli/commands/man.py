"""`leastway man`: manual pages."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command(name="man")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_context
def command(ctx: click.Context, folder: Path) -> int:
    """Write the manual pages of all commands to FOLDER.

    \b
    leastway man ~/.local/share/man/man1
    man leastway-plan
    """
    from leastway.cli.man import manual_pages
    from leastway.cli.terminal import say
    from leastway.errors import ExitCode, LeastwayError

    pages = list(manual_pages(ctx.find_root().command))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages:
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"the manual pages could not be written: {error.strerror}"
        raise LeastwayError(what, where=str(folder), fix="choose a folder that you can write to") from error
    say(f"{len(pages)} manual pages in {folder}: man {folder}/leastway.1")
    return ExitCode.DONE
