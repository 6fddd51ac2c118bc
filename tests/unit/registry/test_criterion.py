import pytest

from leastway.registry import Criterion

WRITTEN = {
    "everything": {},
    "one word": {"env_type": "development"},
    "a class": {"app_id": "shop", "class": "fast"},
    "all": {"app_id": "a", "env_id": "b", "env_type": "c", "res_id": "d", "class": "e"},
}


@pytest.mark.parametrize("words", WRITTEN.values(), ids=WRITTEN)
def test_a_criterion_reads_back_as_it_was_written(words: dict[str, str]) -> None:
    assert Criterion.parse(words).render() == words


def test_empty_fields_are_not_conditions() -> None:
    assert Criterion.parse({"app_id": "", "env_id": None, "class": "default"}) == Criterion()


def test_fields_are_rendered_in_a_fixed_order() -> None:
    found = Criterion.parse({"class": "fast", "res_id": "r", "app_id": "a"}).render()
    assert list(found) == ["app_id", "res_id", "class"]
