"""`leastway sandbox`: an embedded AWS and Kubernetes that stay up, to practise the ordinary commands on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from leastway.cli.options import GrantPath, json_flag

if TYPE_CHECKING:
    from leastway.app.sandbox import Practice, StartServer
    from leastway.grant import Profile
    from leastway.primitives import Secret

__all__ = ["command"]

Handler = Callable[[int, FrameType | None], object]
_COMMAND = "leastway.command"
_GRACE = 10
"""Seconds that the command has to end after a signal was passed on; then it is killed."""


class _WithCommand(click.Command):
    """A command that takes what follows `--` as another command; click itself would drop the `--`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            at = args.index("--")
            ctx.meta[_COMMAND] = tuple(args[at + 1 :])
            args = args[:at]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND...]"]


@click.command(name="sandbox", cls=_WithCommand)
@click.argument("grant", type=GrantPath(), required=False, metavar="[GRANT]")
@click.option("--example", help="Practise with a copy of a bundled example, such as seed or two-accounts.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Keep leastway's practice state in this folder. Default: a temporary one.",
)
@click.option(
    "--platform",
    is_flag=True,
    help="Run the platform's server too (extra `serve`); LEASTWAY_URL and LEASTWAY_TOKEN_FILE lead to it.",
)
@json_flag
@click.pass_context
def command(
    ctx: click.Context, grant: Path | None, example: str | None, state: Path | None, platform: bool, as_json: bool
) -> int:
    """Start an embedded AWS and Kubernetes that stay up, to practise on.

    They hold the accounts and clusters of GRANT, and nothing that it grants yet: plan, apply, change something by hand,
    plan again, offboard. Without GRANT: grant.yaml in this folder, else the example `seed`.

    With COMMAND, it runs COMMAND in the sandbox's environment, stops the sandbox when COMMAND ends, and exits with its
    exit code (128 plus the number of a signal that ended it). `leastway sandbox -- bash` opens a shell.

    Without COMMAND, it prints `export` lines for a shell and closes standard output, then stays up until Ctrl-C or
    SIGTERM, and exits with 0. Use one of:

    \b
      eval "$(leastway sandbox &)"       # and later: kill $LEASTWAY_SANDBOX_PID
      leastway sandbox > sandbox.env &   # for scripts

    Nothing outside of this machine is called, and everything is removed at the end.
    """
    from leastway.app.sandbox import practice
    from leastway.cli.render.sandbox import introduce, print_variables

    words: Sequence[str] | None = ctx.meta.get(_COMMAND)
    if grant is not None and example is not None:
        raise click.UsageError("give a grant or an example, not both")
    if words is not None and as_json:
        raise click.UsageError("give --json or a command, not both")
    if words is not None:
        _check_command(words)
    start = _start_server() if platform else None
    with _handling(_interrupt, signal.SIGHUP), practice(grant, example, state, start) as ready:
        introduce(ready, alone=words is None)
        if words is not None:
            return _run(words, ready)
        with suppress(KeyboardInterrupt):
            print_variables(ready, as_json=as_json)
            _stay(ready)
    return 0


def _start_server() -> StartServer:
    from leastway.cli.server_options import needs_server

    with needs_server():
        from leastway.api import serving_on_loopback
        from leastway.service.embedded_server import embedded_server

    @contextmanager
    def start(
        folder: Path, platform: Profile, address: str | None, region: str, organization: str
    ) -> Iterator[tuple[str, Secret]]:
        told: list[Secret] = []
        with (
            embedded_server(folder, platform, address, region, organization, told.append) as server,
            serving_on_loopback(server) as url,
        ):
            yield url, told[0]

    return start


def _check_command(words: Sequence[str]) -> None:
    if not words:
        raise click.UsageError("give a command after --")
    if shutil.which(words[0]) is None:
        raise click.UsageError(f"command {words[0]} does not exist")


@contextmanager
def _handling(handler: Handler, *numbers: signal.Signals) -> Iterator[None]:
    """Handle signals for as long as the block lasts, but those that whoever started this process had ignored."""
    before = {number: signal.getsignal(number) for number in numbers}
    handled = [number for number, present in before.items() if present is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _stay(ready: Practice) -> None:
    """Wait until something interrupts; LeastwayError when the sandbox ends before."""
    from leastway.errors import LeastwayError

    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # whoever reads the variables from a pipe has all of them
    os.close(nowhere)
    ready.sandbox.wait()
    raise LeastwayError("the sandbox ended by itself", fix="start it again")


def _run(words: Sequence[str], ready: Practice) -> int:
    """Run a command, pass signals on to it, and return its exit code as a shell does.

    On a terminal it stays in the foreground with us, and Ctrl-C reaches it without our help; elsewhere it leads a
    process group of its own, which gets every signal.
    """
    in_foreground = _in_foreground()
    group = None if in_foreground else 0
    process = subprocess.Popen(words, env=ready.environment(os.environ), process_group=group)  # noqa: S603  # as asked

    def send(number: int) -> None:
        with suppress(ProcessLookupError):
            if in_foreground:
                process.send_signal(number)
            elif process.returncode is None:
                os.killpg(process.pid, number)

    def pass_on(number: int, _frame: object) -> None:
        if number == signal.SIGALRM:
            send(signal.SIGKILL)
        elif number != signal.SIGINT:
            send(number)
            signal.alarm(_GRACE)
        elif not in_foreground:
            send(number)

    with _handling(pass_on, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        code = process.wait()
        signal.alarm(0)
    return 128 - code if code < 0 else code


def _in_foreground() -> bool:
    """Say whether this process is what its terminal sends Ctrl-C to."""
    try:
        with Path("/dev/tty").open("rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False
