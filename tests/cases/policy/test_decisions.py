"""Documented decisions in the format of `leastway policy test`; `page` names the page of the documentation."""

from pathlib import Path

import pytest

from leastway.policy.cases import CaseResult, Invalid, run_cases
from leastway.policy.catalog import load_catalog

FILE = Path(__file__).parent / "decisions.jsonl"
RESULTS = list(run_cases(FILE.read_text().splitlines(), catalog=load_catalog(), name=FILE.name))


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: getattr(result, "case", result).line)
def test_a_request_is_decided_as_documented(result: CaseResult | Invalid) -> None:
    assert isinstance(result, CaseResult), result.error
    assert not result.case.objections
    assert result.decision.verdict == result.case.expected, result.case.id
