"""The operator's own rules for plans, which conftest judges: `policy` in the folder of programs has them.

conftest gets the plan on its standard input, because a plan has secrets, and nothing of the server's environment. Where
there are rules, a plan that cannot be judged is not applied.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from leastway.errors import LeastwayError
from leastway.terraform import RuleResult, conftest_command, read_conftest

__all__ = ["judge_by_own_rules"]

_RULES: Final = "policy"
_LONGEST: Final = 120.0
"""Seconds."""


def judge_by_own_rules(tools: Path | None, plan: bytes) -> tuple[RuleResult, ...]:
    """Return what the operator's rules say about a plan as JSON; nothing where there are none.

    Errors: LeastwayError if there are rules and conftest is missing, fails, takes too long, or judges nothing.
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
    command = conftest_command(Path(program), rules)
    try:
        ended = subprocess.run(  # noqa: S603 - the operator's program
            command, input=plan, capture_output=True, timeout=_LONGEST, env={"PATH": "/usr/bin:/bin"}, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise LeastwayError(
            f"conftest took more than {_LONGEST:g} s", where=str(rules), fix="run it by hand"
        ) from error
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise LeastwayError(f"conftest cannot be started: {why}", where=program, fix="check its permissions") from error
    return read_conftest(ended.stdout, status=ended.returncode)
