import pytest

from leastway.errors import ExitCode, InvalidInputError
from leastway.lint import Allowance, Finding, Severity, Unchecked, make_report


def finding(rule: str = "full-privileges", file: str | None = "iam/admin.json", severity: str = "error") -> Finding:
    return Finding(rule, Severity(severity), "this is wrong", "mend it", "/Statement/0", None, file)


def test_an_allowance_is_a_rule_and_a_reason_and_maybe_a_file() -> None:
    assert Allowance.parse("full-privileges=break glass = yes") == Allowance("full-privileges", "break glass = yes")
    assert Allowance.parse("full-privileges@iam/*.json=why") == Allowance("full-privileges", "why", "iam/*.json")


@pytest.mark.parametrize("text", ["full-privileges", "full-privileges=", "full-privileges= ", "full-privileges@=x"])
def test_without_a_reason_nothing_is_allowed(text: str) -> None:
    with pytest.raises(InvalidInputError, match="without a reason"):
        Allowance.parse(text)


def test_a_rule_that_is_none_is_refused_with_the_closest_one() -> None:
    with pytest.raises(InvalidInputError) as caught:
        Allowance.parse("full-priviliges=x")
    assert caught.value.fix == "perhaps full-privileges is meant"


def test_a_file_is_the_end_of_a_path() -> None:
    allowance = Allowance("full-privileges", "why", "iam/*.json")
    assert allowance.covers(finding())
    assert allowance.covers(finding(file="deep/iam/admin.json"))
    assert not allowance.covers(finding(file="iam/admin.yaml"))
    assert not allowance.covers(finding(file=None))
    assert not allowance.covers(finding("over-size"))
    assert Allowance("full-privileges", "why").covers(finding(file=None))


def test_what_is_allowed_is_reported_and_does_not_count() -> None:
    used, unused = Allowance("full-privileges", "why"), Allowance("over-size", "never")
    report = make_report([finding()], allowances=[used, unused])
    assert (report.findings, report.allowed, report.unused) == ((), ((finding(), used),), (unused,))
    assert report.exit_code is ExitCode.DONE


def test_findings_go_before_doubts_and_notes_do_not_count() -> None:
    doubt = Unchecked(None, "nobody knows", None)
    note = finding(severity="note")
    assert make_report([note]).exit_code is ExitCode.DONE
    assert make_report([note, doubt]).exit_code is ExitCode.UNKNOWN
    assert make_report([finding(severity="warning"), doubt]).exit_code is ExitCode.NEGATIVE
