"""The log of a command: its lines, and what of them are errors."""

from __future__ import annotations

import json
from typing import cast

from leastway.orchestrator.journal import JournalOfRun
from leastway.orchestrator.log import RunLog
from leastway.primitives import MASK, Masker, go_quoted


class Lines:
    def __init__(self, *, is_full: bool = False) -> None:
        self.said: list[str] = []
        self.is_full = is_full

    def say(self, _phase: str, text: str) -> None:
        self.said.append(text)


def log_of(*lines: str) -> tuple[list[str], list[str]]:
    """Return what a command that printed these lines left in the log, and its errors."""
    journal = Lines()
    log = RunLog(cast("JournalOfRun", journal), "init", Masker(["a-secret-value"]))
    for line in lines:
        log.printed(f"{line}\n".encode())
    log.end()
    return journal.said, log.errors


def test_a_secret_that_a_module_has_encoded_is_masked_within_a_line_of_json_too() -> None:
    secret = 'p"<s>&w\\d é'
    once = json.dumps(secret)
    for written in (
        secret,
        once,
        json.dumps(once),
        json.dumps(json.dumps(secret, ensure_ascii=False)),
        go_quoted(secret),
    ):
        for message in ({"@level": "info", "@message": written}, _diagnostic(written)):
            journal = Lines()
            log = RunLog(cast("JournalOfRun", journal), "apply", Masker([secret]))
            log.printed(f"{json.dumps(message)}\n".encode())
            log.end()
            said = "\n".join((*journal.said, *log.errors))
            assert MASK in said
            assert "s>&w" not in said


def _diagnostic(detail: str) -> dict[str, object]:
    diagnostic = {"severity": "error", "summary": "it failed", "detail": detail}
    return {"@level": "error", "@message": "Error: it failed", "type": "diagnostic", "diagnostic": diagnostic}


def test_an_error_in_plain_text_is_an_error_with_everything_that_it_says() -> None:
    said, errors = log_of(
        "Initializing provider plugins...",
        "",
        "Warning: Something is old",
        "",
        "use another",
        "",
        "Error: Failed to query available provider packages",
        "",
        "Could not retrieve the list of available versions for provider nope/nope,",
        "a-secret-value",
        "",
        "Warning: Another one",
        "",
        "of no matter",
    )
    assert "use another" in said
    assert errors == [
        (
            "Error: Failed to query available provider packages: "
            "Could not retrieve the list of available versions for provider nope/nope, ***"
        )
    ]


def test_json_lines_are_errors_by_their_level() -> None:
    _, errors = log_of(
        json.dumps({"@level": "info", "@message": "Error: what a program of the module printed"}),
        json.dumps({"@level": "error", "@message": "Error: it failed"}),
        json.dumps({"@level": "info", "@message": "afterwards"}),
    )
    assert errors == ["Error: it failed"]


def test_of_a_long_error_the_begin_and_the_end_are_kept() -> None:
    command = "x" * 50_000
    text = f"Error: local-exec provisioner error: running command '{command}': exit status 7. Output: no space left"
    _, (error,) = log_of(json.dumps({"@level": "error", "@message": text}))
    assert len(error) == 4_003
    assert error.startswith("Error: local-exec provisioner error")
    assert error.endswith("exit status 7. Output: no space left")


def test_an_error_without_a_title_begins_with_what_it_says() -> None:
    _, errors = log_of(
        json.dumps({"@level": "error", "@message": ""}),
        json.dumps({"@level": "error", "@message": "\nit failed\nat last"}),
    )
    assert errors == ["it failed: at last"]


def test_a_log_that_is_full_takes_no_lines_and_finds_later_errors() -> None:
    journal = Lines(is_full=True)
    log = RunLog(cast("JournalOfRun", journal), "apply", Masker(["a-secret-value"]))
    log.printed(b"y\n" * 30_000 + b"the beginning of a line")
    assert journal.said == []
    error = json.dumps({"@level": "error", "@message": "Error: it failed with a-secret-value"}).encode()
    log.printed(b"\n" + error[:20])
    log.printed(error[20:] + b"\n")
    log.printed(b"y\n" * 30_000)
    log.end()
    assert log.errors == ["Error: it failed with ***"]


def test_a_diagnostic_is_one_error() -> None:
    said, errors = log_of(
        *(
            json.dumps(
                {
                    "@level": "error",
                    "@message": f"Error: bucket {number}",
                    "type": "diagnostic",
                    "diagnostic": {
                        "summary": f"bucket {number}",
                        "range": {"filename": "main.tf", "start": {"line": 3}},
                        "detail": "It exists.\nName another.",
                    },
                }
            )
            for number in range(25)
        )
    )
    assert said[:4] == ["Error: bucket 0", "  on main.tf line 3", "  It exists.", "  Name another."]
    assert errors == [f"Error: bucket {number}: on main.tf line 3 It exists. Name another." for number in range(20)]
