"""Every tie of the documented precedence, the class filter, and the reasons."""

from itertools import combinations, product

import pytest

from leastway.errors import InvalidInputError
from leastway.registry import Criterion, ResourceKey
from leastway.resolve import PRECEDENCE, DefinitionIndex, MatchingRule, why_it_lost, why_no_match
from tests.unit.resolve.examples import CONTEXT

KEY = ResourceKey("s3", "default", "shared.files")
MATCHING = {"res_id": "shared.files", "env_id": "dev", "app_id": "shop", "env_type": "development"}
ALL = [
    Criterion.parse({name: MATCHING[name] for name, is_named in zip(PRECEDENCE, named, strict=True) if is_named})
    for named in product((True, False), repeat=4)
]
"""All criteria that match, in the documented order: a condition on res_id weighs more than all others together."""


def rule(criterion: Criterion, definition: str = "d", type_id: str = "s3") -> MatchingRule:
    return MatchingRule(type_id, definition, criterion)


@pytest.mark.parametrize(("winner", "loser"), list(combinations(ALL, 2)))
def test_the_more_specific_criterion_wins_in_any_order(winner: Criterion, loser: Criterion) -> None:
    for rules in ([rule(winner, "won"), rule(loser)], [rule(loser), rule(winner, "won")]):
        index = DefinitionIndex(rules)
        best = index.best(KEY, CONTEXT)
        assert best is not None
        assert best.definition == "won"
        assert [one.criterion for one in index.matching(KEY, CONTEXT)] == [winner, loser]


def test_the_reason_is_the_first_condition_that_only_the_winner_has() -> None:
    both = Criterion(res_id="shared.files", env_type="development")
    assert why_it_lost(both, Criterion(env_id="dev", app_id="shop", env_type="development")) == (
        "it has no condition on res_id"
    )
    assert why_it_lost(both, Criterion(res_id="shared.files")) == "it has no condition on env_type"


@pytest.mark.parametrize("name", PRECEDENCE)
def test_a_condition_that_is_not_true_excludes(name: str) -> None:
    criterion = Criterion.parse({name: "other"})
    assert DefinitionIndex([rule(criterion)]).best(KEY, CONTEXT) is None
    assert why_no_match(criterion, KEY, CONTEXT) == f"{name} is other, not {MATCHING[name]}"


def test_a_class_filters_and_does_not_rank() -> None:
    public = ResourceKey("s3", "public", "shared.files")
    index = DefinitionIndex([rule(Criterion(res_id="shared.files")), rule(Criterion(resource_class="public"), "p")])
    assert [one.definition for one in index.matching(public, CONTEXT)] == ["p"]
    assert [one.definition for one in index.matching(KEY, CONTEXT)] == ["d"]
    assert why_no_match(Criterion(), public, CONTEXT) == "its class is default, not public"


def test_another_type_never_matches() -> None:
    assert DefinitionIndex([rule(Criterion(), type_id="sqs")]).best(KEY, CONTEXT) is None


@pytest.mark.parametrize("criterion", ALL)
def test_equal_criteria_of_one_type_are_refused_with_both_names(criterion: Criterion) -> None:
    with pytest.raises(InvalidInputError, match="'a' and 'b' of type s3 have the same criterion"):
        DefinitionIndex([rule(criterion, "a"), rule(criterion, "b")])
    DefinitionIndex([rule(criterion, "a"), rule(criterion, "b", "sqs")])


def test_a_criterion_that_matches_has_no_reason_against_it() -> None:
    assert [why_no_match(one, KEY, CONTEXT) for one in ALL] == [None] * 16
