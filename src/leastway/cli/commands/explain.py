"""`leastway explain`: the documentation of a finding, of a refusal, or of a subject."""

from __future__ import annotations

import click

from leastway.cli.options import json_flag

__all__ = ["command"]


@click.command(name="explain")
@click.argument("name", required=False)
@json_flag
def command(name: str | None, as_json: bool) -> int:
    """Print the page of NAME: a finding of `policy lint`, a refusal of a grant, or a subject.

    NAME is what the brackets of an error show, such as full-privileges or role-outside-prefix, or the name of a page,
    such as revocation. Without NAME, all pages are listed.
    """
    from leastway.app.pages import explain, page_titles
    from leastway.cli.render.explain import print_page, print_titles
    from leastway.errors import ExitCode

    if name is None:
        print_titles(*page_titles(), as_json=as_json)
    else:
        print_page(explain(name), as_json=as_json)
    return ExitCode.DONE
