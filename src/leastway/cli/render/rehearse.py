"""Renders a rehearsal: each stage while it runs, and a short result at the end."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from rich.text import Text

from leastway.app.offboard import Offboarded
from leastway.app.rehearse import Audience, Rehearsal
from leastway.app.restore import Restored
from leastway.app.revoked import Revoked
from leastway.cli.progress import TerminalProgress
from leastway.cli.render.as_json import applied_json, plan_json, verified_json
from leastway.cli.render.lines import console_on, print_line
from leastway.cli.render.plan import print_notes, print_plan, summary
from leastway.cli.render.prove import print_proofs, proofs_json
from leastway.cli.render.revoke import print_steps, print_tried, print_verdict
from leastway.cli.render.verify import print_verified
from leastway.estate import Note
from leastway.ports import PlatformStep
from leastway.proof import Proof
from leastway.reconcile import Applied, Outcome, Plan, Result
from leastway.verify import ProbeVerdict, Verified

__all__ = ["RehearsalDisplay", "rehearsal_json"]


class RehearsalDisplay(Audience):
    """Prints each stage to standard output, and progress to standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = console_on(quiet=quiet)
        self._progress = TerminalProgress(quiet=quiet)

    def __enter__(self) -> Self:
        self._progress.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.__exit__(*error)

    def phase(self, what: str, total: int) -> None:
        """Show a new phase."""
        self._progress.phase(what, total)

    def step(self, what: str) -> None:
        """Advance the progress."""
        self._progress.step(what)

    def result(self, result: Result) -> None:
        """Advance the progress; failures are printed when the stage ends."""
        self._progress.step(str(result.change.address))

    def opening(self, path: Path) -> None:
        """Print which grant is rehearsed, and that the AWS is an embedded one."""
        self._console.print(f"Rehearsing {path.name} in {path.parent.name or 'this folder'} on an embedded AWS.")

    def behind_the_clusters(self, kubernetes: str) -> None:
        """Print the API server of the clusters."""
        self._progress.rest()
        self._console.print(f"API server of each cluster: {kubernetes}.")

    def planned(self, plan: Plan) -> None:
        """Print the whole plan."""
        self._title("1. plan")
        print_plan(self._console, plan)

    def noted(self, notes: tuple[Note, ...]) -> None:
        """Print what is dangerous on purpose, with the reasons."""
        print_notes(self._console, notes)

    def applied(self, applied: Applied) -> None:
        """Print what was done, and each failure."""
        self._title("2. apply")
        self._not_done(applied)
        self._console.print(f"{len(applied.having(Outcome.DONE))} of {len(applied.results)} changes done.")

    def verified(self, answers: tuple[Verified, ...]) -> None:
        """Print the answers."""
        self._title("3. verify, as the platform")
        print_verified(self._console, answers)

    def proved(self, proofs: tuple[Proof, ...]) -> None:
        """Print the claims and their verdicts."""
        self._title("4. prove, live")
        print_proofs(self._console, proofs)

    def planned_again(self, plan: Plan) -> None:
        """Print the second plan, in one line if it is empty."""
        self._title("5. plan again")
        if plan.is_clean:
            self._console.print(summary(plan, everything=True))
        else:
            print_plan(self._console, plan)

    def revoked(self, done: Revoked) -> None:
        """Print what was cut off, and what was refused then."""
        self._title("6. revoke")
        print_steps(self._console, done.steps)
        for applied in done.removed:
            self._not_done(applied)
        removed = sum(len(applied.having(Outcome.DONE)) for applied in done.removed)
        print_line(self._console, f"{removed} objects deleted in clusters.")
        print_tried(self._console, done.tried)
        print_verdict(self._console, done)

    def restored(self, done: Restored, answers: tuple[Verified, ...]) -> None:
        """Print what was put back, and the answers of new and old sessions."""
        self._title("7. restore")
        self._not_done(done.applied)
        print_line(self._console, f"{len(done.applied.having(Outcome.DONE))} changes done.")
        print_steps(self._console, done.steps)
        for principal, reason in done.stays.items():
            print_line(self._console, f"{principal} stays revoked: {reason}", "red")
        for answer in answers:
            if not answer.agrees:
                what = f"{answer.probe.asked}: expected {answer.probe.expected.value}, got {answer.got.verdict.value}"
                print_line(self._console, f"{what}: {answer.got.detail}", "red")
        new = [answer for answer in answers if answer.probe.expected is ProbeVerdict.ALLOWED]
        worked = sum(answer.agrees for answer in new)
        refused = sum(answer.agrees for answer in answers) - worked
        text = f"{worked} of {len(new)} requests work again."
        if old := len(answers) - len(new):
            text += f" {refused} of {old} requests with sessions from before the revocation are refused."
        print_line(self._console, text)

    def platform_tried(self, steps: tuple[PlatformStep, ...]) -> None:
        """Print what the platform's server did, one line each."""
        self._title("the platform's server")
        for step in steps:
            sign = Text("= ", "green") if step.passed else Text("x ", "bold red")
            if step.is_skipped:
                sign = Text("- ", "yellow")
            what, detail = Text.assemble(sign, step.what), Text(_detail(step), "dim")
            together = Text.assemble(what, "  ", detail) if detail else what
            if not self._console.is_terminal or together.cell_len <= self._console.width:
                print_line(self._console, together)
            else:
                print_line(self._console, what)
                print_line(self._console, Text.assemble("    ", detail))

    def offboarded(self, done: Offboarded) -> None:
        """Print what was removed, and what is left."""
        self._title("8. offboard")
        removed = len(done.applied.having(Outcome.DONE))
        self._console.print(f"{removed} of {len(done.applied.results)} objects removed.")
        self._not_done(done.applied)
        left = [*map(str, done.left.objects), *(f"{one.where}: {one.reason}" for one in done.left.unreadable)]
        what = f"Left: {', '.join(left)}" if left else "Nothing left"
        print_line(self._console, f"{what} (checked {done.looked} times).")

    def closing(self, done: Rehearsal, missing: str | None) -> None:
        """Print whether the rehearsal passed, which stages failed, and why it was without the platform's server."""
        verdict = ("passed", "bold green") if done.passed else ("did not pass", "bold red")
        failed = f" Failed: {', '.join(done.failed_stages)}." if done.failed_stages else ""
        self._console.print()
        self._console.print(Text.assemble("The grant ", verdict, f" its rehearsal in {done.seconds:.1f} s.{failed}"))
        if missing is not None:
            print_line(self._console, f"Without the platform's server: {missing}. --platform asks for it.", "dim")

    def _not_done(self, applied: Applied) -> None:
        for result in applied.results:
            if result.outcome is not Outcome.DONE:
                print_line(self._console, f"{result.change.address}: {result.outcome.value}: {result.reason}", "red")

    def _title(self, text: str) -> None:
        self._progress.rest()
        self._console.print()
        self._console.print(Text(text, style="bold underline"))


def _detail(step: PlatformStep) -> str:
    return f"not rehearsed: {step.detail}" if step.is_skipped else step.detail


def rehearsal_json(done: Rehearsal, missing: str | None) -> Any:
    """Return the whole rehearsal as JSON values; `missing` is why it was without the platform's server."""
    return {
        "passed": done.passed,
        "seconds": round(done.seconds, 1),
        "kubernetes": done.kubernetes or None,
        "plan": plan_json(done.plan, done.notes),
        "applied": applied_json(done.applied),
        "verified": verified_json(done.answers),
        "proved": proofs_json(done.proofs, live=True),
        "plan_again": plan_json(done.again),
        "revoked": {
            "verdict": done.revoked.verdict.value,
            "complete": done.revoked.is_complete,
            "tried": len(done.revoked.tried),
            "refused": sum(one.refused for one in done.revoked.tried),
        },
        "restored": {
            "complete": done.restored.is_complete,
            "results": applied_json(done.restored.applied),
            "verified": verified_json(done.answers_again),
        },
        "offboarded": {
            "complete": done.offboarded.is_complete,
            "results": applied_json(done.offboarded.applied),
            "left": [str(address) for address in done.offboarded.left.objects],
        },
        **({"platform": [asdict(step) for step in done.platform]} if done.platform else {}),
        **({"platform_missing": missing} if missing is not None else {}),
    }
