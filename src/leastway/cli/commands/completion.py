"""`leastway completion`: the script that lets a shell complete commands and options."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the completion script for SHELL.

    \b
    bash (4.4 or newer), in ~/.bashrc:  eval "$(leastway completion bash)"
    zsh, in ~/.zshrc:                   eval "$(leastway completion zsh)"
    fish:  leastway completion fish > ~/.config/fish/completions/leastway.fish
    """
    from click.shell_completion import get_completion_class

    from leastway.cli.terminal import emit_exactly
    from leastway.errors import ExitCode

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has these three
    root = ctx.find_root()
    # The class's `source` runs the bash that is in PATH to ask for its version, which need not be the shell that asks.
    script = kind(root.command, {}, "leastway", "_LEASTWAY_COMPLETE")
    emit_exactly(script.source_template % script.source_vars())
    return ExitCode.DONE
