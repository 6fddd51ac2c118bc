from leastway.policy.prove.formulas.choices import Choices, split, strike
from leastway.policy.prove.formulas.formula import (
    FALSE,
    RESOURCE,
    AnyOf,
    Aspect,
    Formula,
    Literal,
    all_of,
    any_of,
    negate,
)
from leastway.policy.prove.formulas.shared import Shared
from leastway.policy.prove.texts.text import TextSet
from leastway.policy.prove.texts.values import DOUBT
from leastway.policy.wildcards import tokens_of


def like(subject: str, *patterns: str) -> Literal:
    return Literal(subject, Aspect.VALUE, TextSet.matching([tokens_of(pattern) for pattern in patterns]))


def unless(*literals: Literal) -> AnyOf:
    return AnyOf(tuple(map(negate, literals)))


def test_equal_formulas_are_one_object() -> None:
    shared = Shared()
    one = shared(all_of([like("k", "a*", "b"), like("l", "c")]))
    other = shared(all_of([like("l", "c"), like("k", "b", "a*")]))
    assert one is other
    assert shared(negate(like("k", "a*", "b"))) is negate(shared(like("k", "b", "a*")))
    assert shared(like("k", "a")) is not shared(like("l", "a"))


def test_double_negation_returns_the_same_object() -> None:
    formula = all_of([like("k", "a"), any_of([like("l", "b"), like("m", "c")])])
    assert negate(negate(formula)) is formula


def test_an_alternative_that_another_choice_contradicts_is_removed() -> None:
    a, b, c, d = (like(key, key) for key in "abcd")
    grants = any_of([all_of([a, b]), all_of([c, d])])
    assert strike(all_of([grants, unless(b, a)])) is not FALSE
    assert strike(all_of([grants, unless(b, a), unless(c, d)])) is FALSE
    assert strike(all_of([any_of([all_of([a, b, c]), all_of([b, c])]), negate(c)])) is FALSE
    assert strike(all_of([any_of([a, b]), negate(a), negate(b)])) is FALSE
    assert strike(all_of([a, b, unless(a, b)])) is FALSE
    assert strike(all_of([any_of([a, b]), unless(c, d)])) is not FALSE


def test_a_choice_does_not_contradict_its_own_alternatives() -> None:
    a, b = like("a", "a"), like("b", "b")
    formula = all_of([any_of([a, negate(a)]), any_of([b, negate(b)])])
    assert strike(formula) is not FALSE


def test_a_large_alternative_is_split_into_its_own_formula() -> None:
    clauses = [unless(like("k", str(number)), like("l", str(number))) for number in range(20)]
    granted, denied, also = like("g", "x"), like("d", "y"), like("e", "z")
    found = list(split(all_of([granted, any_of([all_of(clauses), denied, also])])))
    assert len(found) == 2
    assert {len(formula.parts) for formula in found if not isinstance(formula, Literal)} == {2, 21}


def test_choices_are_indexed_by_the_start_of_a_value() -> None:
    clauses = [unless(like(RESOURCE, f"arn:{number}/*"), like("k", "*")) for number in range(500)]
    hard = unless(like(RESOURCE, "*x"), like("k", "*"))
    choices = Choices([*clauses, hard])
    assert list(choices.that_may_fail({RESOURCE: "arn:77/x", "k": "a"})) == [hard, clauses[77]]
    assert list(choices.that_may_fail({RESOURCE: "else"})) == [hard]
    assert set(choices.that_may_fail({RESOURCE: DOUBT})) == {hard, *clauses}


def test_each_value_of_a_list_is_looked_up() -> None:
    some: Formula = Literal("k", Aspect.SOME, TextSet.matching([tokens_of("a*")]), holds=False)
    choice = any_of([some, like("l", "x")])
    assert isinstance(choice, AnyOf)
    assert list(Choices([choice]).that_may_fail({"k": ("z", "ab")})) == [choice]
    assert not list(Choices([choice]).that_may_fail({"k": ("z", "b")}))
