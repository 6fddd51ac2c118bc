"""The table of commands; each has its own file under `cli/commands`, which is imported when it is called."""

from __future__ import annotations

import importlib
from typing import Final

import click

from leastway import __version__

__all__ = ["LazyGroup", "leastway"]

# name: (module under leastway.cli.commands, one line for --help)
_COMMANDS: Final = {
    "init": ("init", "Write a commented grant file."),
    "plan": ("plan", "Show what would change, and why."),
    "apply": ("apply", "Make accounts and clusters match the grant."),
    "show": ("show", "Show what to give to the platform: roles, external ids, keys."),
    "register": ("register", "Register the grant with the platform: accounts, definitions, criteria."),
    "prove": ("prove", "Prove that the platform can do what the grant allows, and no more."),
    "verify": ("verify", "Try the access: what must work, and what must be refused."),
    "status": ("status", "Show the state of each account and cluster, one per line."),
    "rotate": ("rotate", "Replace the access keys of the platform's users, step by step."),
    "revoke": ("revoke", "Cut the platform off at once, and show it; --restore puts the access back."),
    "offboard": ("offboard", "Remove what was created for the grant, and write the evidence."),
    "export": ("export", "Write the grant as files for another tool, or check these files."),
    "profile": ("profile", "List, show and compare the bundled platform profiles."),
    "rehearse": ("rehearse", "Run the whole lifecycle of a grant on an embedded AWS."),
    "sandbox": ("sandbox", "Start an embedded AWS that stays up, to practise on."),
    "policy": ("policy", "Decide, test, compare and lint IAM policies."),
    "explain": ("explain", "Print the documentation of a finding, a refusal or a subject."),
    "definition": ("definition", "Check a Terraform module against the definition that uses it."),
    "serve": ("serve", "Run the platform's server: custody, sessions, audit log."),
    "audit": ("audit", "Verify, show, prove and copy audit logs."),
    "server": ("server", "Add organizations, back up and restore the database, replace its key."),
    "credentials": ("credentials", "Print temporary credentials from the platform's server."),
    "agent": ("agent", "Connect a private cluster to the platform's server."),
    "deploy": ("deploy", "Deploy a Score file, a delta or a deployment set to an environment."),
    "deployments": ("deployments", "List, show, follow and abort deployments to an environment."),
    "rollback": ("rollback", "Deploy what was deployed before."),
    "runs": ("runs", "Start, follow, approve and cancel runs of Terraform on the platform's server."),
    "state": ("state", "Show, restore and reveal Terraform states on the platform's server."),
    "kill": ("kill", "Stop hand-outs of the platform's server at once."),
    "completion": ("completion", "Print the completion script for bash, zsh or fish."),
    "man": ("man", "Write manual pages."),
    "schema": ("schema", "Print the JSON Schema of a file, such as a grant, or of a JSON output."),
    "resolve": ("resolve", "Show which resource definition each resource gets, and why."),
    "suggest": ("suggest", "Suggest the least policy for what runs of Terraform really called."),
    "score": ("score", "Show what the workload in a Score file becomes."),
    "eks-token": ("eks_token", "Print a token for a cluster, as kubectl's exec plugin."),
}


class LazyGroup(click.Group):
    """A group that lists its commands from a table, and imports a command when it is called."""

    def __init__(self, *, package: str, table: dict[str, tuple[str, str]], **attributes: object) -> None:
        super().__init__(**attributes)  # type: ignore[arg-type]  # click's own keywords, passed through
        self._package = package
        self._table = table

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what is before the command; an option of the command belongs behind it."""
        named = next((one for one in args if one in self._table), None)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if named is None:
                raise
            what = f"No such option {error.option_name!r} before the command."
            raise click.UsageError(
                f"{what} Write options of the command behind it: {ctx.command_path} {named} ...", ctx
            ) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table, which is the order of use."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command; return None for an unknown name."""
        if cmd_name not in self._table:
            return None
        module = importlib.import_module(f"{self._package}.{self._table[cmd_name][0]}")
        command = module.command
        assert isinstance(command, click.Command)  # noqa: S101 - each command module has one
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the requested command; for an unknown name, the error suggests a similar one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            close = difflib.get_close_matches(args[0], self._table, n=1)
            if not close:
                raise
            raise click.UsageError(f"{error.message} Did you mean {close[0]!r}?", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._table.items()])


@click.group(
    cls=LazyGroup,
    package="leastway.cli.commands",
    table=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "--version", message="leastway %(version)s")
def leastway() -> None:
    """Least-privilege access for deployment platforms to AWS accounts and EKS clusters.

    Everything is derived from one grant file. Start with `leastway init`, or try `leastway rehearse`.

    Exit codes: 0 done and clean, 1 could not complete, 2 wrong usage, 3 negative verdict, 4 unknown,
    130 interrupted.
    """
