"""A contract that was written and read decides every request as the grant does."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leastway.grant import PolicyFile
from leastway.policy import PolicyKind, Request, compile_policies, parse_policy
from leastway.proof import parse_contract
from tests.properties.policy.strategies import ROLE, policies, requests
from tests.unit.compiler.conftest import PROFILE, S3_ROLE, cluster, grant_of
from tests.unit.proof.test_contract_document import document


@given(st.lists(policies(PolicyKind.IDENTITY), min_size=1, max_size=2), requests())
def test_a_read_contract_decides_every_request_as_the_grant_does(texts: list[Any], request: Any) -> None:
    files = tuple(
        PolicyFile(Path(f"{number}.json"), "", parse_policy(text, kind=PolicyKind.IDENTITY))
        for number, text in enumerate(texts)
    )
    written = document(grant_of(cluster("prod"), roles=(replace(S3_ROLE, policies=files),)))
    read = parse_contract(json.loads(written.content))
    here = {"aws:SourceIp": PROFILE.addresses[0].partition("/")[0], "aws:ViaAWSService": "false"}
    others = {key: value for key, value in request["context"].items() if key.lower() not in map(str.lower, here)}
    asked = Request(**{**request, "caller": ROLE, "context": {**others, **here}})
    before, after = (one.contract.roles["humanitec-s3"].bound for one in (written, read))
    assert compile_policies(after).decide(asked).verdict == compile_policies(before).decide(asked).verdict
