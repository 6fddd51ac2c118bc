"""Arguments and options that the commands on audit logs share."""

from __future__ import annotations

import click

__all__ = ["key_option", "log_argument", "needs_cryptography"]

log_argument = click.argument("log", metavar="LOG")

key_option = click.option(
    "--key", required=True, metavar="KEY", help="The log's verifier key, as its owner published it: NAME+ID+BASE64."
)


def needs_cryptography() -> None:
    """Check that signatures can be checked. Errors: LeastwayError if the extra is not installed."""
    from importlib.util import find_spec

    from leastway.errors import LeastwayError

    if find_spec("cryptography") is None:
        raise LeastwayError(
            "checking an audit log needs cryptography, which is not installed",
            fix="run: pip install 'leastway[audit]'",
        )
