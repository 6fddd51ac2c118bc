"""`leastway schema`: JSON Schemas of the files that leastway reads and writes, and of its JSON outputs."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command(name="schema")
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """Print the JSON Schema with NAME, for editors and for checks in pipelines; without NAME, the names.

    \b
    leastway schema grant > grant.schema.json
    leastway schema output/plan

    A JSON output names its schema in the member `schema`.
    Editors with the YAML language server use it for a grant that begins with the line
    `# yaml-language-server: $schema=grant.schema.json`; `leastway init` writes both.
    """
    from leastway.app.pages import schema_names, schema_of
    from leastway.cli.terminal import say_lines
    from leastway.errors import ExitCode

    if name is None:
        say_lines("\n".join(schema_names()))
    else:
        say_lines(schema_of(name).removesuffix("\n"))
    return ExitCode.DONE
