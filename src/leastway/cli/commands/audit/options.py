"""Arguments and options that the commands on audit logs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from leastway.primitives import Secret

__all__ = ["key_option", "log_argument", "needs_cryptography", "token_for"]

log_argument = click.argument("log", metavar="LOG")

key_option = click.option(
    "--key", required=True, metavar="KEY", help="The log's verifier key, as its owner published it: NAME+ID+BASE64."
)


def token_for(log: str) -> Secret | None:
    """Return the token of the environment if LOG is on the server that it is for. Errors: InvalidInputError."""
    from leastway.app.server_client import token_for as found

    return found(log)


def needs_cryptography() -> None:
    """Check that signatures can be checked. Errors: LeastwayError if the extra is not installed."""
    from importlib.util import find_spec

    from leastway.errors import LeastwayError

    if find_spec("cryptography") is None:
        raise LeastwayError(
            "checking an audit log needs cryptography, which is not installed",
            fix="run: pip install 'leastway[audit]'",
        )
