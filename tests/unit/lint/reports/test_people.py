from leastway.lint import Allowance, lint_reading, make_report
from leastway.lint.finding import Finding, Severity, Unchecked
from leastway.lint.readers import read_policies
from leastway.lint.reports import as_json, as_text
from leastway.source import Position

TEXT = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "*", "Resource": "*"}
  ]
}
"""


def test_a_finding_shows_its_underlined_line_and_the_fix() -> None:
    read = read_policies(TEXT, name="admin.json")
    assert read is not None
    outline, reading = read
    report = make_report(lint_reading(outline, reading), texts={"admin.json": outline.text}, catalog="2026-10-27")
    assert as_text(report).splitlines() == [
        "error[full-privileges]: this allows every action on everything",
        " --> admin.json:4:35 /Statement/0/Action",
        "  |",
        '4 |     {"Effect": "Allow", "Action": "*", "Resource": "*"}',
        "  |                                   ^^^",
        "  = list the necessary actions and resources",
        "",
        "1 policy in 1 file, catalog of 2026-10-27: 1 error",
    ]


def test_doubts_allowances_and_counts_are_listed() -> None:
    found = Finding("over-size", Severity.ERROR, "too long", "split it", "/a", Position(2, 3, 2, 4), "b.json")
    doubt = Unchecked(None, "this is not valid JSON", "fix it", "", None, "a.json")
    allowances = [Allowance("over-size", "it is read by people"), Allowance("unknown-key", "new")]
    report = make_report(
        [found, doubt], allowances=allowances, files=1200, policies=0, without_policy=7, catalog="2026-10-27"
    )
    assert as_text(report).splitlines() == [
        "not checked: this is not valid JSON",
        "--> a.json",
        " = fix it",
        "",
        "allowed[over-size]: b.json:2:3 /a: it is read by people",
        "unused: no finding matches --allow unknown-key",
        "0 policies in 1,200 files, 7 files without a policy, catalog of 2026-10-27: 1 not checked, 1 allowed",
    ]


def test_the_json_report_has_every_field() -> None:
    found = Finding("over-size", Severity.ERROR, "too long", "split it", "/a", Position(2, 3, 2, 4), "b.json")
    values = as_json(make_report([found], catalog="2026-10-27"))
    assert values["findings"] == [
        {
            "rule": "over-size",
            "severity": "error",
            "message": "too long",
            "fix": "split it",
            "file": "b.json",
            "pointer": "/a",
            "position": {"line": 2, "column": 3, "end_line": 2, "end_column": 4},
        }
    ]
    summary = values["summary"]
    assert isinstance(summary, dict)
    assert (summary["errors"], summary["warnings"], summary["exit_code"]) == (1, 0, 3)


def test_a_report_without_findings_states_that_nothing_was_found() -> None:
    assert as_text(make_report([], catalog="2026-10-27")).endswith(": nothing found")


def test_text_of_a_file_is_escaped_for_the_terminal() -> None:
    escape = "\x1b[31m"
    found = Finding(
        "over-size", Severity.ERROR, f"too {escape}", f"split {escape}", f"/{escape}", None, f"{escape}.json"
    )
    doubt = Unchecked(None, escape, escape, escape, None, escape)
    text = as_text(make_report([found, doubt], catalog="2026-10-27"))
    assert escape not in text
    assert "too \\u001b[31m" in text
