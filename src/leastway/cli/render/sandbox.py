"""What `leastway sandbox` says: explanations on standard error, the variables on standard output."""

from __future__ import annotations

import shlex

from leastway.app.sandbox import PLATFORM_PROFILE, SMALL_KUBERNETES, Practice
from leastway.cli.terminal import emit, emit_secret, say

__all__ = ["introduce", "print_variables", "sandbox_json"]


def introduce(ready: Practice, *, alone: bool) -> None:
    """Say on standard error what is there; when it is `alone` (without a command), also how to use and stop it."""
    say(f"sandbox: ready, with the accounts and clusters of {ready.grant}", err=True)
    say(f"sandbox: the credentials in the environment are those of account {ready.account}", err=True)
    if ready.others:
        say(
            f"sandbox: account {', '.join(ready.others)}: `access: ambient` leads to {ready.account}, as one set of"
            " credentials would on AWS; write `access: {profile: ID}` with the account's id, which is a profile here",
            err=True,
        )
    say(f"sandbox: AWS profiles: {', '.join(ready.profiles)}", err=True)
    if ready.contexts:
        say(f"sandbox: kubectl contexts ({ready.kubernetes}): {', '.join(ready.contexts)}", err=True)
    elif ready.kubernetes == SMALL_KUBERNETES:
        say(
            "sandbox: kubectl has no clusters here: the small API server answers only leastway; for a real one, set"
            " KUBEBUILDER_ASSETS",
            err=True,
        )
    if ready.server:
        say(f"sandbox: the platform's server is at {ready.server}, and the token is its owner's", err=True)
    if alone:
        say(f"sandbox: use it in another shell: . {shlex.quote(str(ready.script))}", err=True)
        say(f"sandbox: stop it with Ctrl-C, or: kill {ready.variables['LEASTWAY_SANDBOX_PID']}", err=True)


def print_variables(ready: Practice, *, as_json: bool) -> None:
    """Print lines for a POSIX shell, or one JSON object."""
    if as_json:
        emit("sandbox", sandbox_json(ready))
    else:
        emit_secret(ready.shell())


def sandbox_json(ready: Practice) -> dict[str, object]:
    """Return the sandbox as one JSON object; `contexts` is empty with the small API server.

    `server` is empty without the platform's server.
    """
    return {
        "environment": dict(ready.variables),
        "unset": list(ready.unset),
        "grant": str(ready.grant),
        "account": ready.account,
        "script": str(ready.script),
        "profiles": list(ready.profiles),
        "platform_profile": PLATFORM_PROFILE,
        "kubernetes": ready.kubernetes,
        "contexts": list(ready.contexts),
        "server": ready.server,
    }
