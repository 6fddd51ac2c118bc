"""`leastway audit key`: the verifier key that a log names."""

from __future__ import annotations

import click

from leastway.cli.commands.audit.options import log_argument, needs_cryptography

__all__ = ["command"]


@click.command(name="key")
@log_argument
def command(log: str) -> int:
    """Print the verifier key that LOG names.

    Publish it where your auditors find it without the server. A log that is checked with the key from its own server
    shows only that it agrees with itself.
    """
    needs_cryptography()
    from leastway.app.audit.opening import key_of
    from leastway.app.server_client import token_for
    from leastway.cli.terminal import say

    say(key_of(log, token_for(log)))
    return 0
