import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from leastway.cli.render.junit import JunitCase, verify_cases, write_junit
from leastway.errors import LeastwayError
from leastway.verify import ProbeVerdict
from tests.unit.cli.conftest import Run
from tests.unit.cli.render.test_verify import verified


def written(path: Path) -> list[tuple[str | None, str | None, str | None, str | None]]:
    """Return the group, name, outcome and message of each case in a file."""
    found = []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        outcome = case[0] if len(case) else None
        tag, message = (None, None) if outcome is None else (outcome.tag, outcome.get("message"))
        found.append((case.get("classname"), case.get("name"), tag, message))
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "results.xml"


def test_counts_and_cases_are_what_readers_expect(file: Path) -> None:
    cases = [
        JunitCase("a", "passes"),
        JunitCase("a", "fails", "failure", "why", "more"),
        JunitCase("b", "breaks", "error", "how"),
    ]
    write_junit(file, "leastway verify", [*cases, JunitCase("b", "waits", "skipped", "not here")])
    root = ElementTree.parse(file).getroot()
    for element in (root, root[0]):
        counts = {name: element.get(name) for name in ("tests", "failures", "errors", "skipped")}
        assert counts == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    assert written(file) == [
        ("leastway verify.a", "passes", None, None),
        ("leastway verify.a", "fails", "failure", "why"),
        ("leastway verify.b", "breaks", "error", "how"),
        ("leastway verify.b", "waits", "skipped", "not here"),
    ]


def test_texts_of_others_stay_texts(file: Path) -> None:
    hostile = "</testcase><failure/>\x00\x1b[2J\ud800 &amp; \U0001f600"
    write_junit(file, "leastway", [JunitCase(hostile, hostile, "failure", hostile)])
    (case,) = written(file)
    assert case[1] == "</testcase><failure/>\ufffd\ufffd[2J\ufffd &amp; \U0001f600"


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LeastwayError, match="it could not be written"):
        write_junit(tmp_path / "missing" / "results.xml", "leastway", [])


def test_an_unknown_answer_is_never_a_pass() -> None:
    outcomes = {got: verify_cases([verified("describe", got, "why")])[0].outcome for got in ProbeVerdict}
    assert outcomes == {
        ProbeVerdict.ALLOWED: None,
        ProbeVerdict.DENIED: "failure",
        ProbeVerdict.SKIPPED: "skipped",
        ProbeVerdict.UNKNOWN: "error",
    }


def test_findings_fail_and_notes_are_skipped(run: Run, file: Path) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["*", "s3:Get*"], "Resource": "*"}]}
    Path("p.json").write_text(json.dumps(policy))
    code, _, _ = run("policy", "lint", "p.json", "--junit", "results.xml")
    assert code == 3
    outcomes = {(name or "").split(" ")[0]: outcome for _, name, outcome, _ in written(file)}
    assert outcomes["full-privileges"] == "failure"
    assert outcomes["redundant-action"] == "skipped"


def test_a_clean_folder_has_one_passed_case(run: Run, file: Path) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}
    Path("p.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert run("policy", "lint", "p.json", "--junit", "results.xml")[0] == 0
    assert [(name, outcome) for _, name, outcome, _ in written(file)] == [("1 policies without a finding", None)]


def test_policy_tests_pass_fail_and_break(run: Run, file: Path) -> None:
    case = {"id": "read", "principal": "arn:aws:iam::111122223333:user/u", "action": "s3:GetObject"}
    case |= {"resource": "arn:aws:s3:::b/k", "expected": "ImplicitlyDenied"}
    lines = [json.dumps(case), json.dumps(case | {"id": "write", "expected": "Allowed"}), "{"]
    Path("c.jsonl").write_text("\n".join(lines))
    assert run("policy", "test", "c.jsonl", "--junit", "results.xml")[0] == 2
    found = [(name, outcome, message) for _, name, outcome, message in written(file)]
    assert found[:2] == [
        ("read", None, None),
        ("write", "failure", "expected Allowed, got ImplicitlyDenied"),
    ]
    assert found[2][:2] == ("line 3", "error")


def test_the_claims_of_a_grant_are_cases(run: Run, file: Path) -> None:
    code, output, _ = run("prove", "--junit", "results.xml")
    cases = written(file)
    assert code == 0
    assert f"{len(cases)} claims: {len(cases)} proved." in output
    assert {outcome for _, _, outcome, _ in cases} == {None}
