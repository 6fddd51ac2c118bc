"""Compares how the sandbox reads aws-auth and how leastway edits it with the parser of the real authenticator."""

import re
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, assume, event, example, given, settings
from hypothesis import strategies as st

from leastway.aws_auth import merge, parse, remove
from leastway.errors import LeastwayError
from leastway.estate import AwsAuthMapping as Wanted
from leastway.estate import Place
from leastway.sandbox.eks_auth.aws_auth import MappedPrincipal, parse_aws_auth
from tests.contract.kube.world.aws_auth_spellings import accounts_of, spelled
from tests.contract.kube.world.aws_auth_texts import sections
from tests.contract.kube.world.judge import Judge, Mapped, Verdict, find_judge
from tests.properties.aws_auth.texts import OUR_ROLE, OUR_USER, Person, config_maps, damaged_config_maps

pytestmark = pytest.mark.integration

OTHER = "arn:aws:iam::111122223333:role/Node"
PLACE = Place("111122223333", "eu-central-1", "legacy")

random_maps = st.fixed_dictionaries(
    {}, optional={"mapRoles": sections(), "mapUsers": sections(), "mapAccounts": sections()}
)
wanted_mappings = st.builds(
    Wanted,
    st.just(PLACE),
    st.sampled_from([OUR_ROLE, OUR_USER, OTHER]),
    st.sampled_from(["humanitec", "{{SessionName}}", "on", "2", 'a "b"']),
    st.frozensets(st.sampled_from(["humanitec", "deployers", "a: b", "no"]), max_size=2),
)
budget = settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


_MEANS_MORE = re.compile("(?i)y|yes|n|no|on|off|true|false|null")
"""Words that may be unquoted in the texts and that YAML 1.1 reads as other types."""


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    program = find_judge()
    if program is None:
        pytest.skip("KUBEBUILDER_ASSETS names no aws-auth-judge: see docs/kube-assets.md")
    judge = Judge(program)
    yield judge
    judge.close()


@budget
@given(data=random_maps)
@example(data={"mapRoles": "- rolearn: a\n  groups:\n  - b\n    - c\n", "mapUsers": "- userarn: a\n  groups: b"})
@example(data={"mapRoles": "- rolearn: a\n  username: no\n", "mapAccounts": "- '1'\n- 010"})
def test_the_sandbox_reads_aws_auth_like_the_authenticator(judge: Judge, data: dict[str, str]) -> None:
    ours, theirs = parse_aws_auth(data), judge.verdict(data)
    assert _shown(ours.roles) == _shown(theirs.roles)
    assert _shown(ours.users) == _shown(theirs.users)
    assert ours.accounts == theirs.accounts


@budget
@given(config_map=config_maps())
def test_common_entries_are_read_by_the_authenticator_as_intended(
    judge: Judge, config_map: tuple[dict[str, list[Person]], dict[str, str]]
) -> None:
    meant, data = config_map
    people = [person for section in meant.values() for person in section]
    assume(not any(_MEANS_MORE.fullmatch(word) for person in people for word in (person.username, *person.groups)))
    verdict = judge.verdict(data)
    assert verdict.problem == ""
    for section, found in (("mapRoles", verdict.roles), ("mapUsers", verdict.users)):
        last = {person.arn.lower(): (person.username, person.groups) for person in meant[section]}
        assert _shown(found) == last


@budget
@given(
    data=st.one_of(config_maps().map(lambda pair: pair[1]), damaged_config_maps(), random_maps), wanted=wanted_mappings
)
def test_an_edit_changes_only_our_mapping(judge: Judge, data: dict[str, str], wanted: Wanted) -> None:
    before = judge.verdict(data)
    try:
        merged = merge(data, wanted)
    except LeastwayError:
        event("refused")
        return
    after = judge.verdict(merged)
    assert _others(after, wanted.arn) == _others(before, wanted.arn)
    assert after.accounts == before.accounts
    ours = Mapped(wanted.arn.lower(), wanted.username, ())
    found = [each for section in (after.roles, after.users) for arn, each in section.items() if arn == ours.arn]
    assert [(each.username, frozenset(each.groups)) for each in found] == [(wanted.username, wanted.groups)]
    assert ours.arn in (after.roles if wanted.section == "mapRoles" else after.users)

    removed = judge.verdict(remove(merged, wanted.arn))
    assert _others(removed, wanted.arn) == _others(before, wanted.arn)
    assert wanted.arn.lower() not in {*removed.roles, *removed.users}
    assert removed.accounts == before.accounts


@budget
@given(data=st.one_of(damaged_config_maps(), random_maps))
def test_a_certain_section_is_read_like_the_authenticator_reads_it(judge: Judge, data: dict[str, str]) -> None:
    """Leastway reads a section that it would edit exactly as the authenticator does."""
    verdict = judge.verdict(data)
    for section, found in zip(parse(data).sections, (verdict.roles, verdict.users), strict=True):
        if section.obstacle is None and section.entries is not None:
            event("sure")
            last = {each.arn.lower(): (each.username, each.groups) for each in section.entries if each.arn}
            assert _shown(found) == last


spelled_maps = st.sampled_from([OUR_ROLE, OUR_USER]).flatmap(
    lambda arn: st.tuples(
        st.just(arn),
        st.fixed_dictionaries(
            {},
            optional={
                "mapRoles": spelled("mapRoles", arn),
                "mapUsers": spelled("mapUsers", arn),
                "maproles": spelled("mapRoles", arn),
                "mapAccounts": accounts_of("111122223333"),
            },
        ),
    )
)


@settings(budget, max_examples=600)
@given(asked=spelled_maps)
def test_a_principal_that_the_authenticator_maps_is_never_absent(
    judge: Judge, asked: tuple[str, dict[str, str]]
) -> None:
    """However the entry is written: it is read as the authenticator reads it, or unknown and then not edited."""
    arn, data = asked
    read, verdict = parse(data), judge.verdict(data)
    mapped = verdict.roles.get(arn.lower()) or verdict.users.get(arn.lower())
    if read.obstacle(arn) is not None:
        event("unknown" if mapped else "unknown, and nobody")
        with pytest.raises(LeastwayError):
            remove(data, arn)
    else:
        found = [(entry.username, entry.groups) for _, entry in read.entries_for(arn)]
        event("mapped" if found else "absent")
        assert bool(found) == (mapped is not None)
        assert mapped is None or (mapped.username, mapped.groups) in found
    if not mapped and "111122223333" in verdict.accounts:
        assert read.admits_account(arn) or read.account_obstacle(arn) or read.obstacle(arn)


def _shown(mappings: Mapping[str, MappedPrincipal | Mapped]) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {arn: (each.username, each.groups) for arn, each in mappings.items()}


def _others(verdict: Verdict, arn: str) -> tuple[dict[str, Mapped], dict[str, Mapped]]:
    roles, users = (
        {each: mapped for each, mapped in section.items() if each != arn.lower()}
        for section in (verdict.roles, verdict.users)
    )
    return roles, users
