from leastway.policy import PolicyKind, parse_policy, policy_size
from leastway.policy.model import SIZE_LIMITS, PolicyHolder

TEXT = '{ "Statement": {"Effect": "Allow",\n "Action": "*", "Resource": "*"} }'


def test_white_space_does_not_count_in_iam() -> None:
    assert policy_size(TEXT) == len("".join(TEXT.split()))
    assert policy_size(parse_policy(TEXT, kind=PolicyKind.IDENTITY)) == policy_size(TEXT)


def test_every_character_counts_in_sessions_and_organizations() -> None:
    assert policy_size(TEXT, PolicyHolder.SESSION_POLICY) == policy_size(TEXT, PolicyHolder.SCP) == len(TEXT)


def test_each_policy_holder_has_a_size_limit() -> None:
    assert set(SIZE_LIMITS) == set(PolicyHolder)
    assert (SIZE_LIMITS[PolicyHolder.MANAGED_POLICY], SIZE_LIMITS[PolicyHolder.INLINE_OF_ROLE]) == (6144, 10240)
