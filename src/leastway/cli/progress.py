"""Progress on standard error: a bar on a terminal, a line for each phase elsewhere, nothing with --json."""

from __future__ import annotations

import threading
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text

from leastway.cli.call_log import is_logging
from leastway.cli.render.apply import own_reason
from leastway.cli.render.lines import console_on, print_line
from leastway.cli.render.plan import SIGNS
from leastway.reconcile import Outcome, Result

__all__ = ["TerminalProgress"]

_OUTCOMES = {
    Outcome.DONE: ("done", "green"),
    Outcome.FAILED: ("FAILED", "bold red"),
    Outcome.SKIPPED: ("skipped", "yellow"),
}


class TerminalProgress:
    """A context manager that shows the progress of a use case."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = console_on(stderr=True, quiet=quiet)
        self._has_bar = self._console.is_terminal and not is_logging()
        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._has_bar,
        )
        self._task: TaskID | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.rest()

    def rest(self) -> None:
        """Hide the bar until the next phase, so that standard output can be written to."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
        self._bars.stop()

    def phase(self, what: str, total: int) -> None:
        """Show a new phase of `total` steps."""
        if not self._has_bar:
            self._console.print(f"{what} ({total})")
            return
        self.rest()
        self._task = self._bars.add_task(what, total=total)
        self._bars.start()

    def step(self, what: str) -> None:
        """Advance the bar by one step."""
        if self._task is not None:
            self._bars.update(self._task, advance=1)

    def result(self, result: Result) -> None:
        """Print the result of one change above the bar."""
        sign, style = SIGNS[result.change.action]
        word, word_style = _OUTCOMES[result.outcome]
        line = Text.assemble((sign, style), f" {result.change.address}  ", (word, word_style))
        if result.reason:
            line.append(f"  {own_reason(result)}")
        with self._lock:
            print_line(self._console, line)
        self.step(str(result.change.address))
