"""Fields of forms that SDKs write in more than one way."""

from __future__ import annotations

import pytest
from botocore.model import StructureShape

from leastway.aws.calls.forms import read_fields
from leastway.aws.calls.models import load_service
from leastway.aws.calls.refusal import RefusalError

TOPIC = "arn:aws:sns:eu-central-1:123456789012:t"


def _shape(service: str, operation: str) -> StructureShape | None:
    return load_service(service).operation_of_form(operation).input_shape


@pytest.mark.parametrize(
    ("service", "operation", "fields", "expected"),
    [
        (
            "sns",
            "Subscribe",  # the SDK for Go writes a map without entries so
            {"TopicArn": TOPIC, "Protocol": "sqs", "Attributes": ""},
            {"TopicArn": TOPIC, "Protocol": "sqs", "Attributes": {}},
        ),
        ("iam", "CreateRole", {"RoleName": "r", "Tags": ""}, {"RoleName": "r", "Tags": []}),
        ("cloudwatch", "DescribeAlarms", {"AlarmNames.member.1": "a"}, {"AlarmNames": ["a"]}),
    ],
)
def test_fields_are_read_by_the_shape(
    service: str, operation: str, fields: dict[str, str], expected: dict[str, object]
) -> None:
    assert read_fields(fields, _shape(service, operation), ec2=False) == expected


@pytest.mark.parametrize(
    "attributes",
    [
        {"": "", ".entry.1.key": "a", ".entry.1.value": "b"},
        {".entry.1.key": "a", ".entry.1.value": "b", ".entry.2.key": "a", ".entry.2.value": "c"},
        {".entry.1.value": "b"},
        {".entry.01.key": "a", ".entry.01.value": "b"},
        {".Entry.1.key": "a", ".Entry.1.value": "b"},
    ],
)
def test_a_map_with_two_readings_is_refused(attributes: dict[str, str]) -> None:
    fields = {"TopicArn": TOPIC, **{f"Attributes{name}": value for name, value in attributes.items()}}
    with pytest.raises(RefusalError):
        read_fields(fields, _shape("sns", "Subscribe"), ec2=False)
