"""The operator's own rules for plans, which conftest judges: `policy` in the folder of programs has them.

conftest gets the plan on its standard input, because a plan has secrets, and nothing of the server's environment. Where
there are rules, a plan that cannot be judged is not applied. conftest ends with all that it started once nobody waits
for it any more, it takes too long, or it says too much.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from leastway.errors import LeastwayError
from leastway.terraform import RuleResult, conftest_command, read_conftest

__all__ = ["judge_by_own_rules"]

_RULES: Final = "policy"
_LONGEST: Final = 120.0
"""Seconds."""
_LARGEST: Final = 16 << 20
"""Bytes that conftest may print."""
_LOOK: Final = 0.2
"""Seconds between two looks at it."""


def judge_by_own_rules(
    tools: Path | None, plan: bytes, is_left: Callable[[], bool] = lambda: False
) -> tuple[RuleResult, ...]:
    """Return what the operator's rules say about a plan as JSON; nothing where there are none.

    `is_left` says that nobody waits any more. Errors: LeastwayError if there are rules and conftest is missing, fails,
    takes too long, judges nothing, or was ended because nobody waits.
    """
    if tools is None or not (rules := tools / _RULES).is_dir():
        return ()
    program = shutil.which("conftest", path=str(tools)) or shutil.which("conftest")
    if program is None:
        raise LeastwayError(
            "there are rules for plans, and conftest is not installed",
            where=str(rules),
            fix=f"put conftest into {tools}, or remove the rules",
        )
    with _memory("plan") as given, _memory("results") as printed:
        given.write(plan)
        given.seek(0)
        with _conftest(Path(program), rules, given, printed) as process:
            until = time.monotonic() + _LONGEST
            while process.poll() is None:
                if is_left():
                    raise LeastwayError("conftest was ended", where=str(rules))
                if time.monotonic() > until:
                    what = f"conftest took more than {_LONGEST:g} s"
                    raise LeastwayError(what, where=str(rules), fix="run it by hand")
                _check_size(printed, rules)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK)
        _check_size(printed, rules)
        printed.seek(0)
        return read_conftest(printed.read(), status=process.returncode)


def _memory(name: str) -> BinaryIO:
    """Open a file in memory: a plan has secrets, and what is said about it may repeat them."""
    return os.fdopen(os.memfd_create(name), "w+b")


def _check_size(printed: BinaryIO, rules: Path) -> None:
    if os.fstat(printed.fileno()).st_size > _LARGEST:
        what = f"conftest printed more than {_LARGEST >> 20} MiB"
        raise LeastwayError(what, where=str(rules), fix="run it by hand")


@contextlib.contextmanager
def _conftest(program: Path, rules: Path, given: BinaryIO, printed: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """Start conftest; if it still works at the end of the block, end it with all that it started."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's program
            conftest_command(program, rules),
            stdin=given,
            stdout=printed,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin"},
            start_new_session=True,
        )
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise LeastwayError(
            f"conftest cannot be started: {why}", where=str(program), fix="check its permissions"
        ) from error
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
