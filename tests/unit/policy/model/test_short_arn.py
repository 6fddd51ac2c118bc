import pytest

from leastway.policy import PolicyKind
from leastway.policy.model import complete_arn, is_short_arn


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("arn:aws", "arn:aws:*:*:*:*"),
        ("arn:aws:sqs", "arn:aws:sqs:*:*:*"),
        ("arn:aws:sqs:*", "arn:aws:sqs:*:*:*"),
        ("arn:aws:sqs::", "arn:aws:sqs:::*"),
        ("arn:aws:sqs:eu-*:111122223333", "arn:aws:sqs:eu-*:111122223333:*"),
        ("arn:aws:sqs:eu-central-1:111122223333:orders", None),
        ("arn:aws:s3:::shop", None),
        ("arn:aws:s3:::", None),
        ("arn:aws:s3:::${aws:username, 'a:b'}/*", None),
        ("arn:aws:s3:${a:b}", "arn:aws:s3:${a:b}:*:*"),
        ("*", None),
        ("shop/*", None),
        ("", None),
    ],
)
def test_missing_fields_of_a_short_arn_become_wildcards(text: str, completed: str | None) -> None:
    assert complete_arn(text) == (completed or text)
    assert is_short_arn(text) is (completed is not None)
    assert not is_short_arn(complete_arn(text))


def test_colons_in_a_variable_count_if_variables_are_plain_text() -> None:
    assert complete_arn("arn:aws:s3:${a:b}", variables=False) == "arn:aws:s3:${a:b}:*"


def test_short_arns_are_completed_only_in_identity_policies_and_boundaries() -> None:
    assert {kind for kind in PolicyKind if kind.completes_short_arns} == {PolicyKind.IDENTITY, PolicyKind.BOUNDARY}
