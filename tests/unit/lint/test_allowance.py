import pytest

from leastway.errors import ExitCode, InvalidInputError
from leastway.lint import Allowance, Finding, Severity, Unchecked, make_report


def finding(rule: str = "full-privileges", file: str | None = "iam/admin.json", severity: str = "error") -> Finding:
    return Finding(rule, Severity(severity), "this is wrong", "mend it", "/Statement/0", None, file)


def test_an_allowance_has_a_rule_a_reason_and_an_optional_file() -> None:
    assert Allowance.parse("full-privileges=break glass = yes") == Allowance("full-privileges", "break glass = yes")
    assert Allowance.parse("full-privileges@iam/*.json=why") == Allowance("full-privileges", "why", "iam/*.json")


@pytest.mark.parametrize("text", ["full-privileges", "full-privileges=", "full-privileges= ", "full-privileges@=x"])
def test_an_allowance_without_a_reason_is_rejected(text: str) -> None:
    with pytest.raises(InvalidInputError, match="does not give a rule and a reason"):
        Allowance.parse(text)


def test_an_unknown_rule_is_rejected_with_a_suggestion() -> None:
    with pytest.raises(InvalidInputError) as caught:
        Allowance.parse("full-priviliges=x")
    assert caught.value.fix == "did you mean full-privileges?"


def test_the_file_of_an_allowance_matches_the_end_of_a_path() -> None:
    allowance = Allowance("full-privileges", "why", "iam/*.json")
    assert allowance.covers(finding())
    assert allowance.covers(finding(file="deep/iam/admin.json"))
    assert not allowance.covers(finding(file="iam/admin.yaml"))
    assert not allowance.covers(finding(file=None))
    assert not allowance.covers(finding("over-size"))
    assert Allowance("full-privileges", "why").covers(finding(file=None))


def test_an_allowed_finding_is_reported_and_does_not_count() -> None:
    used, unused = Allowance("full-privileges", "why"), Allowance("over-size", "never")
    report = make_report([finding()], allowances=[used, unused])
    assert (report.findings, report.allowed, report.unused) == ((), ((finding(), used),), (unused,))
    assert report.exit_code is ExitCode.DONE


def test_findings_decide_the_exit_code_before_doubts_and_notes_do_not_count() -> None:
    doubt = Unchecked(None, "nobody knows", None)
    note = finding(severity="note")
    assert make_report([note]).exit_code is ExitCode.DONE
    assert make_report([note, doubt]).exit_code is ExitCode.UNKNOWN
    assert make_report([finding(severity="warning"), doubt]).exit_code is ExitCode.NEGATIVE
