"""`leastway policy lint`: find problems in policies."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.options import allow_option, docs_url_option, json_flag, junit_option, sarif_flag

if TYPE_CHECKING:
    from leastway.cli.progress import TerminalProgress

__all__ = ["command"]

_KINDS = ("identity", "resource", "trust", "boundary", "session", "scp", "rcp")


@click.command(name="lint")
@click.argument("paths", type=click.Path(path_type=Path, exists=True, allow_dash=True), nargs=-1, required=True)
@click.option(
    "--kind", type=click.Choice(_KINDS), help="The kind of the policy files. Default: guessed from their principals."
)
@click.option("--own-account", "own_accounts", multiple=True, metavar="ID", help="An account that you own. Repeatable.")
@click.option(
    "--platform",
    "platforms",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    metavar="PROFILE",
    help="A platform profile in addition to the bundled ones. Repeatable.",
)
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="The value of a template parameter. Repeatable.",
)
@allow_option
@click.option("--thorough", is_flag=True, help="Also prove what several statements allow together. Slower.")
@sarif_flag
@docs_url_option
@junit_option
@json_flag
def command(
    paths: tuple[Path, ...],
    kind: str | None,
    own_accounts: tuple[str, ...],
    platforms: tuple[Path, ...],
    parameters: tuple[str, ...],
    allowed: tuple[str, ...],
    thorough: bool,
    sarif: bool,
    docs_url: str,
    junit: Path | None,
    as_json: bool,
) -> int:
    """Find problems in the policies in PATHS.

    A path is a file, a folder, or - for standard input: JSON policies, CloudFormation templates in JSON and YAML,
    Kubernetes bindings and aws-auth, and the output of `aws iam get-account-authorization-details`. `leastway explain
    RULE` prints the page of a rule.

    Exits with 3 when there is an error or a warning, 4 when something could not be checked, else 0.
    """
    from leastway.app.policy.lint import lint_paths
    from leastway.cli.commands.policy.name_value import pairs
    from leastway.cli.render.junit import lint_cases, write_junit
    from leastway.cli.render.policy.lint import print_report
    from leastway.lint import Allowance
    from leastway.policy import PolicyKind
    from leastway.primitives import AccountId

    if sarif and as_json:
        raise click.UsageError("choose --sarif or --json")
    with _progress(paths, quiet=as_json or sarif) as progress:
        report = lint_paths(
            paths,
            kind=PolicyKind(kind) if kind else None,
            own_accounts=[AccountId(account) for account in own_accounts],
            platforms=platforms,
            parameters=dict(pairs(parameters, "--parameter")),
            allowances=[Allowance.parse(text) for text in allowed],
            thorough=thorough,
            progress=progress,
        )
    if junit:
        write_junit(junit, "leastway policy lint", lint_cases(report))
    print_report(report, as_json=as_json, sarif=sarif, site=docs_url)
    return report.exit_code


def _progress(paths: tuple[Path, ...], *, quiet: bool) -> AbstractContextManager[TerminalProgress | None]:
    """Return a progress display for folders; for single files, nothing is shown."""
    if quiet or not any(path.is_dir() for path in paths):
        return nullcontext()
    from leastway.cli.progress import TerminalProgress

    return TerminalProgress()
