"""Documented behaviour of condition operators, one row each; `page` names the page of the documentation."""

import json
from pathlib import Path
from typing import Any

import pytest

from leastway.policy import PolicyKind, parse_policy
from leastway.policy.evaluate import PolicySet, Request, compile_policies

ROWS = [json.loads(line) for line in (Path(__file__).parent / "operators.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['operator']} {row['policy']} {row['request']}")
def test_an_operator_matches_as_documented(row: dict[str, Any]) -> None:
    key = "test:Key"
    statement = {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Condition": {row["operator"]: {key: row["policy"]}},
    }
    document = parse_policy({"Version": "2012-10-17", "Statement": statement}, kind=PolicyKind.IDENTITY)
    context = {**row.get("context", {}), **({"TEST:key": row["request"]} if row["request"] is not None else {})}
    request = Request("arn:aws:iam::111122223333:user/bob", "s3:GetObject", context=context)
    decision = compile_policies(PolicySet(identity=(document,))).decide(request)
    assert decision.allowed is row["holds"], row["page"]


def test_every_operator_has_rows_that_match_and_rows_that_do_not() -> None:
    from leastway.policy.model import BaseOperator, Operator

    seen = {(Operator.parse(row["operator"]).base, row["holds"]) for row in ROWS}  # type: ignore[union-attr]
    assert seen == {(base, holds) for base in BaseOperator for holds in (True, False)}
