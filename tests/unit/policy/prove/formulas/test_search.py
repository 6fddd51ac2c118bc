from leastway.policy.prove.formulas.formula import (
    FALSE,
    RESOURCE,
    TRUE,
    Aspect,
    Formula,
    Literal,
    all_of,
    any_of,
    negate,
)
from leastway.policy.prove.formulas.search import Search
from leastway.policy.prove.formulas.subjects import KeyFacts
from leastway.policy.prove.texts.text import TextSet


def is_one(key: str, value: str) -> Literal:
    return Literal(key, Aspect.VALUE, TextSet.matching([(value,)]))


def search() -> Search:
    return Search(lambda _key: KeyFacts(), (), lambda: None)


def test_the_search_tries_another_alternative_after_a_dead_end() -> None:
    a, b = is_one("k", "a"), is_one("k", "b")
    formula = all_of([any_of([a, b]), *(any_of([negate(a), is_one("l", value)]) for value in "cd")])
    assert search().find(formula) == {RESOURCE: "", "k": "b"}


def test_no_model_is_found_when_every_alternative_is_a_dead_end() -> None:
    a, b = is_one("k", "a"), is_one("k", "b")
    closing = [any_of([negate(choice), is_one("l", value)]) for choice in (a, b) for value in "cd"]
    formula = all_of([any_of([a, b]), *closing])
    found = search()
    assert found.find(formula) is None
    assert not found.doubts


def test_nested_choices_are_solved() -> None:
    formula = all_of([any_of([all_of([is_one("k", "a"), any_of([is_one("l", "b"), is_one("m", "c")])]), FALSE])])
    assert search().find(formula) == {RESOURCE: "", "k": "a", "l": "b"}


def test_many_irrelevant_choices_do_not_slow_the_search() -> None:
    """Without backjumping, the search would try 2^40 combinations."""
    idle = [any_of([is_one(f"x{number}", "a"), is_one(f"y{number}", "b")]) for number in range(40)]
    formula = all_of([*idle, is_one("k", "a"), any_of([is_one("k", "b"), is_one("k", "c")])])
    assert search().find(formula) is None


def test_true_and_false_are_decided_without_a_search() -> None:
    assert search().find(TRUE) == {RESOURCE: ""}
    assert search().find(FALSE) is None


def test_joining_formulas_simplifies_constants() -> None:
    one: Formula = is_one("k", "a")
    assert all_of([one, TRUE]) is one
    assert all_of([one, FALSE]) is FALSE
    assert any_of([one, FALSE]) is one
    assert any_of([one, TRUE]) is TRUE
    assert negate(TRUE) is FALSE
    assert negate(FALSE) is TRUE


def test_a_chain_of_forced_literals_is_taken_at_once() -> None:
    tag = is_one("k", "t")
    values = TextSet.matching([(f"v{number}",) for number in range(300)])
    clauses = [any_of([negate(tag), negate(is_one("l", f"v{number}"))]) for number in range(300)]
    formula = all_of([tag, Literal("l", Aspect.VALUE, values), *clauses])
    found = search()
    assert found.find(formula) is None
    assert not found.doubts
    assert search().find(all_of([tag, Literal("l", Aspect.VALUE, values), *clauses[:-1]])) == {
        RESOURCE: "",
        "k": "t",
        "l": "v299",
    }


def test_only_keys_that_must_be_absent_are_reported_as_absent() -> None:
    clauses = [any_of([negate(is_one(f"x{number}", "a")), is_one("k", "b")]) for number in range(3)]
    assert search().find(all_of([is_one("k", "b"), *clauses])) == {RESOURCE: "", "k": "b"}
    needed = any_of([negate(is_one("x", "a")), is_one("k", "c")])
    assert search().find(all_of([is_one("k", "b"), needed])) == {RESOURCE: "", "k": "b", "x": ()}
