"""Operations that infrastructure code calls, as botocore sends them: named right, with the actions written by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from leastway.aws.calls import Authorization, Call, name_call, read_authorization, sign, verify
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS, KEYS, REGION, caught, client, now

_LINES = [
    line.split()
    for line in (Path(__file__).parent / "operations.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
_VALUES = {
    "bucket": "my-bucket",
    "copysource": "my-bucket/key",
    "accountid": ACCOUNT,
    "queueurl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q",
}


def value_of(shape: Shape, name: str, depth: int = 0) -> Any:
    """Return a small value of a shape: its required members alone."""
    if isinstance(shape, StructureShape):
        members = shape.required_members if depth < 4 else []
        return {each: value_of(shape.members[each], each, depth + 1) for each in members}
    if isinstance(shape, ListShape):
        return [value_of(shape.member, name, depth + 1)]
    if isinstance(shape, MapShape):
        return {"a": value_of(shape.value, name, depth + 1)}
    if isinstance(shape, StringShape):
        given = _VALUES.get(name.lower())
        arn = f"arn:aws:x:{REGION}:{ACCOUNT}:thing/a" if name.lower().endswith("arn") else "abc-def1"
        return given or (shape.enum[0] if shape.enum else arn)
    found: dict[str, Any] = {
        "boolean": True,
        "blob": b"abc",
        "timestamp": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "float": 1.5,
        "double": 1.5,
    }
    return found.get(shape.type_name, 1)


def test_there_are_three_hundred_operations_of_thirty_services() -> None:
    assert len(_LINES) >= 300
    assert len({service for service, _, _ in _LINES}) >= 30


@pytest.mark.parametrize("service", sorted({service for service, _, _ in _LINES}))
def test_operations_of_a_service_are_named_with_their_actions(service: str) -> None:
    for _, operation, actions in (line for line in _LINES if line[0] == service):
        shape = client(service).meta.service_model.operation_model(operation).input_shape
        request = caught(service, operation, value_of(shape, "") if shape is not None else {})
        call = name_call(request, HOSTS)
        assert isinstance(call, Call), (operation, call)
        assert (call.service, call.operation) == (service, operation)
        assert tuple(dict.fromkeys(each.action for each in call.accesses)) == tuple(actions.split(","))
        sent = sign(call, KEYS, now())
        assert (sent.path, sent.query) == (request.path, request.query)
        authorization = read_authorization(sent)
        assert isinstance(authorization, Authorization)
        assert verify(sent, authorization, KEYS, now()) is None
