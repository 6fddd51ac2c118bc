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


def test_a_map_without_entries_that_has_some_is_refused() -> None:
    fields = {"TopicArn": TOPIC, "Attributes": "", "Attributes.entry.1.key": "a", "Attributes.entry.1.value": "b"}

    with pytest.raises(RefusalError, match="cannot be placed"):
        read_fields(fields, _shape("sns", "Subscribe"), ec2=False)
