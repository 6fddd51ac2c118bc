from __future__ import annotations

from leastway.orchestrator.inputs import read_inputs


def test_operations_whose_answers_have_credentials_are_warned_about_with_their_reason() -> None:
    operations = {"sts:GetSessionToken": "an old tool", "s3:GetObject": "why", "GetSessionToken": "why"}
    warnings = read_inputs({"script": "#", "runner": {"credential_operations": operations}}, {}).warnings()
    has_none = (
        "{} in runner.credential_operations has no effect: it is no operation whose answer is refused. "
        "Write SERVICE:Operation as in the table of the gateway's documentation"
    )
    assert warnings == (
        has_none.format("GetSessionToken"),
        has_none.format("s3:GetObject"),
        "the run gets the answer of sts:GetSessionToken, which has credentials for AWS (an old tool)",
    )
