"""Arguments and options that the commands on audit logs share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from leastway.primitives import Secret

__all__ = ["key_option", "log_argument", "needs_cryptography", "token"]

_TOKEN = "LEASTWAY_TOKEN"  # noqa: S105 - the name of a variable

log_argument = click.argument("log", metavar="LOG")

key_option = click.option(
    "--key", required=True, metavar="KEY", help="The log's verifier key, as its owner published it: NAME+ID+BASE64."
)


def token() -> Secret | None:
    """Return the token in the environment, if there is one."""
    from leastway.primitives import Secret

    text = os.environ.get(_TOKEN)
    return Secret(text.strip()) if text and text.strip() else None


def needs_cryptography() -> None:
    """Check that signatures can be checked. Errors: LeastwayError if the extra is not installed."""
    from importlib.util import find_spec

    from leastway.errors import LeastwayError

    if find_spec("cryptography") is None:
        raise LeastwayError(
            "checking an audit log needs cryptography, which is not installed",
            fix="run: pip install 'leastway[audit]'",
        )
