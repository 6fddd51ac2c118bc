"""Compares our edits of aws-auth with the parser of the real authenticator."""

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from leastway.aws_auth import FlawKind, merge, parse, remove
from leastway.errors import LeastwayError
from leastway.estate import AwsAuthMapping
from tests.contract.kube.world.judge import Judge, Mapped, Verdict, find_judge
from tests.integration.kubeadapter.world import PLACE
from tests.properties.aws_auth.texts import OUR_ROLE, OUR_USER, Person, config_maps, damaged_config_maps

pytestmark = pytest.mark.integration

QUIET = settings(
    deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
mappings = st.builds(
    AwsAuthMapping,
    st.just(PLACE),
    st.sampled_from([OUR_ROLE, OUR_USER]),
    st.sampled_from(["humanitec", "{{SessionName}}", "on", 'a "b"']),
    st.frozensets(st.sampled_from(["humanitec", "deployers", "a: b", "1"]), max_size=2),
)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    program = find_judge()
    if program is None:
        pytest.skip("KUBEBUILDER_ASSETS names no aws-auth-judge: see docs/kube-assets.md")
    judge = Judge(program)
    yield judge
    judge.close()


def others(verdict: Verdict, arn: str) -> tuple[dict[str, Mapped], ...]:
    return tuple(
        {key: each for key, each in section.items() if key != arn.lower()} for section in (verdict.roles, verdict.users)
    )


def check(judge: Judge, data: Mapping[str, str], mapping: AwsAuthMapping) -> None:
    """Merge and remove a mapping, and read each result with the judge."""
    before = judge.verdict(data)
    merged = merge(data, mapping)
    note(repr(merged))
    after = judge.verdict(merged)
    assert others(after, mapping.arn) == others(before, mapping.arn)
    assert after.accounts == before.accounts
    own, other = (after.roles, after.users) if mapping.section == "mapRoles" else (after.users, after.roles)
    ours = own[mapping.arn.lower()]
    assert (ours.username, frozenset(ours.groups)) == (mapping.username, mapping.groups)
    assert mapping.arn.lower() not in other
    removed = judge.verdict(remove(merged, mapping.arn))
    assert (removed.roles, removed.users) == others(before, mapping.arn)


@QUIET
@given(config_maps(), mappings)
def test_all_other_principals_are_mapped_as_before(
    judge: Judge, config_map: tuple[dict[str, list[Person]], dict[str, str]], mapping: AwsAuthMapping
) -> None:
    check(judge, config_map[1], mapping)


@QUIET
@given(damaged_config_maps(), mappings)
def test_a_damaged_map_is_rejected_or_maps_as_before(
    judge: Judge, data: dict[str, str], mapping: AwsAuthMapping
) -> None:
    try:
        merge(data, mapping)
    except LeastwayError:
        assume(False)
    check(judge, data, mapping)


@QUIET
@given(damaged_config_maps())
def test_a_readable_map_is_read_like_the_authenticator_reads_it(judge: Judge, data: dict[str, str]) -> None:
    read, verdict = parse(data), judge.verdict(data)
    for section, judged in zip(read.sections, (verdict.roles, verdict.users), strict=True):
        if section.entries is None or any(flaw.kind is FlawKind.WRONG_TYPE for flaw in section.flaws):
            continue
        last = {each.arn.lower(): (each.username, each.groups) for each in section.entries if each.arn}
        assert last == {arn: (each.username, each.groups) for arn, each in judged.items()}
