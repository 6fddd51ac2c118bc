"""`leastway definition check`: find what does not fit the platform in a Terraform module."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import allow_option, docs_url_option, json_flag, sarif_flag

__all__ = ["command"]


@click.command(name="check")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--definition",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The definition of a grant that uses the module: its variables are compared.",
)
@allow_option
@sarif_flag
@docs_url_option
@json_flag
def command(
    folder: Path, definition: Path | None, allowed: tuple[str, ...], sarif: bool, docs_url: str, as_json: bool
) -> int:
    """Find what does not fit the platform in the Terraform module in FOLDER. Nothing is run.

    Found are: variables that the definition gives and the module does not declare, and the reverse; providers that use
    keys without a role, or a second role; backends of the module's own; commands and programs that would run on the
    platform. Each rule has a page: leastway explain RULE.

    Exits with 3 when there is an error or a warning, 4 when something could not be checked, else 0.
    """
    from leastway.app.definition.check import check_module
    from leastway.cli.render.policy.lint import print_report
    from leastway.cli.terminal import say
    from leastway.lint import Allowance
    from leastway.lint.modules import all_module_rules

    if sarif and as_json:
        raise click.UsageError("choose --sarif or --json")
    rules = all_module_rules()
    allowances = [Allowance.parse(text, rules) for text in allowed]
    report = check_module(folder, definition, allowances=allowances)
    print_report(report, as_json=as_json, sarif=sarif, rules=rules, site=docs_url)
    if definition is None and not as_json and not sarif:
        say("No definition was given, so the module's variables were not compared.", err=True)
    return report.exit_code
