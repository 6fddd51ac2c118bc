"""Renders the copy of a log."""

from __future__ import annotations

from leastway.app.audit.export import Exported
from leastway.cli.render.audit.verify import checkpoint_values, fault_values, print_faults, print_signed
from leastway.cli.terminal import Styled, emit, say
from leastway.errors import ExitCode

__all__ = ["exit_code_of", "print_exported"]


def exit_code_of(exported: Exported) -> ExitCode:
    """Return 0 when the log is intact, else 3."""
    return ExitCode.DONE if exported.check.is_intact else ExitCode.NEGATIVE


def print_exported(exported: Exported, *, as_json: bool) -> None:
    """Print what was copied, or what is wrong with the log."""
    check = exported.check
    if as_json:
        emit(
            "audit-export",
            {
                "intact": check.is_intact,
                "files": exported.files,
                "checkpoint": checkpoint_values(check.signed),
                "size_before": None if exported.before is None else exported.before.size,
                "faults": fault_values(check.faults),
            },
        )
        return
    if not check.is_intact:
        say(Styled("not intact: nothing was copied", "red"))
        print_faults(check.faults)
        return
    say(Styled(f"copied {exported.files:,} files", "green"))
    if check.signed is not None:
        print_signed(check.signed)
    if exported.before is not None:
        say(f"  extends       the copy of {exported.before.size:,} entries")
