"""The sandbox reads aws-auth as the real authenticator's own parser does."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leastway.sandbox.eks_auth.aws_auth import AwsAuthMapping, parse_aws_auth
from tests.contract.kube.world.judge import Judge, Mapped, find_judge

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    program = find_judge()
    if program is None:
        pytest.skip("KUBEBUILDER_ASSETS names no aws-auth-judge: see docs/kube-assets.md")
    judge = Judge(program)
    yield judge
    judge.close()


WORDS = """
arn:aws:iam::111122223333:role/Node|arn:aws:iam::111122223333:user/x|system:masters|{{SessionName}}|a|'a'|"a"|no|y|2
1.5|~|null||''|[]|{}|[a, b]|[a, 2, no]|- a|0x10|0o7|010|1_000|2001-01-01|*a|&a b|!x y|# c|a # c|a: b|{a: b}|@|on|.5|+1
"""
words = st.sampled_from(WORDS.strip().replace("\n", "|").split("|"))
keys = st.sampled_from(["rolearn", "userarn", "roleARN", "username", "UserName", "groups", "Groups", "userid", "other"])
indents = st.sampled_from(["  ", "  ", "  ", "    ", "", "\t"])


@st.composite
def sections(draw: st.DrawFn) -> str:
    """A section as people write it, and as they get it wrong."""
    lines = []
    for _ in range(draw(st.integers(0, 3))):
        fields = draw(st.lists(st.tuples(keys, words), min_size=1, max_size=4))
        for at, (key, value) in enumerate(fields):
            lead = draw(st.sampled_from(["- ", "- ", "- ", "-", "  "])) if at == 0 else draw(indents)
            lines.append(f"{lead}{key}: {value}")
            if key.lower() == "groups":
                lines += [f"{draw(indents)}- {draw(words)}" for _ in range(draw(st.integers(0, 3)))]
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n  ", "\n...", "\n---\n- a"]))


def _same(ours: dict[str, AwsAuthMapping], theirs: dict[str, Mapped]) -> None:
    assert {arn: (each.username, each.groups) for arn, each in ours.items()} == {
        arn: (each.username, each.groups) for arn, each in theirs.items()
    }


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(roles=sections(), users=sections(), accounts=sections())
@example(roles="- rolearn: a\n  groups:\n  - b\n    - c\n", users="- userarn: a\n  groups: b", accounts="- '1'")
def test_both_read_the_same(judge: Judge, roles: str, users: str, accounts: str) -> None:
    data = {"mapRoles": roles, "mapUsers": users, "mapAccounts": accounts}
    ours, theirs = parse_aws_auth(data), judge.verdict(data)
    _same(dict(ours.roles), dict(theirs.roles))
    _same(dict(ours.users), dict(theirs.users))
    assert ours.accounts == theirs.accounts
