"""`leastway explain`: the documentation of a finding, of a refusal, or of a subject."""

from __future__ import annotations

import click

from leastway.cli.options import json_flag
from leastway.errors import ExitCode, InvalidInputError

__all__ = ["command"]


@click.command(name="explain")
@click.argument("name", required=False)
@json_flag
@click.pass_context
def command(context: click.Context, name: str | None, as_json: bool) -> int:
    """Print the page of NAME: a finding of `policy lint`, a refusal of a grant, or a subject.

    NAME is what the brackets of an error show, such as full-privileges or role-outside-prefix, or the name of a page,
    such as revocation. Without NAME, all pages are listed.
    """
    from leastway.app.pages import explain, page_titles
    from leastway.cli.render.explain import print_page, print_titles

    if name is None:
        print_titles(*page_titles(), as_json=as_json)
        return ExitCode.DONE
    if name in _commands(context) and name not in {page.name for titles in page_titles() for page in titles}:
        raise InvalidInputError(f"{name!r} is a command, not a page", fix=f"run `leastway {name} --help`")
    print_page(explain(name), as_json=as_json)
    return ExitCode.DONE


def _commands(context: click.Context) -> list[str]:
    group = context.find_root().command
    return group.list_commands(context) if isinstance(group, click.Group) else []
