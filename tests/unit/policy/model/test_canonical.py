from collections.abc import Mapping

import pytest

from leastway.policy import PolicyKind, canonical, canonical_text, parse_policy, same_meaning


def policy(*statements: Mapping[str, object], version: str | None = "2012-10-17") -> dict[str, object]:
    return {"Version": version, "Statement": list(statements)} if version else {"Statement": list(statements)}


def same(one: dict[str, object], other: dict[str, object]) -> bool:
    kind = PolicyKind.RESOURCE
    return same_meaning(parse_policy(one, kind=kind), parse_policy(other, kind=kind))


ALLOW = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject"}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (policy(ALLOW, DENY), policy(DENY, ALLOW, DENY)),
        (policy(ALLOW), policy({**ALLOW, "Action": ["S3:getobject"], "Sid": "x"})),
        (policy(ALLOW), policy({**ALLOW, "Principal": {"AWS": ["arn:aws:iam::111122223333:root"]}})),
        (policy(DENY), policy({**DENY, "Principal": {"AWS": ["*", "111122223333"]}})),
        (policy(ALLOW), policy({**ALLOW, "Condition": {}}, version=None)),
        (
            policy({**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": True}, "ArnEquals": {"AWS:a": ["x", "y"]}}}),
            policy({**ALLOW, "Condition": {"arnlike": {"aws:A": ["y", "x"]}, "bool": {"aws:securetransport": "true"}}}),
        ),
    ],
)
def test_equivalent_spellings_have_the_same_canonical_form(one: dict[str, object], other: dict[str, object]) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (policy(ALLOW), policy(ALLOW, DENY)),
        (policy(ALLOW), policy({**ALLOW, "Effect": "Deny"})),
        (policy({**ALLOW, "Resource": "arn:aws:s3:::A"}), policy({**ALLOW, "Resource": "arn:aws:s3:::a"})),
        (policy({**ALLOW, "Resource": "*"}), policy({**ALLOW, "NotResource": "*"})),
        (
            policy({**ALLOW, "Condition": {"StringEquals": {"a:b": "x"}}}),
            policy({**ALLOW, "Condition": {"StringEqualsIfExists": {"a:b": "x"}}}),
        ),
        (
            policy({**ALLOW, "Resource": "arn:aws:s3:::${aws:username}"}),
            policy({**ALLOW, "Resource": "arn:aws:s3:::${aws:username}"}, version=None),
        ),
    ],
)
def test_policies_with_different_meanings_have_different_canonical_forms(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert not same(one, other)


def test_canonicalizing_twice_changes_nothing() -> None:
    document = parse_policy(policy(ALLOW, {**DENY, "Condition": {"Bool": {"a:b": True}}}), kind=PolicyKind.RESOURCE)
    assert canonical(canonical(document)) == canonical(document)
    assert canonical_text(document) == canonical_text(canonical(document))
