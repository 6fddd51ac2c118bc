"""What is not marked as a secret says nothing about a secret; and a template makes the same of the same."""

from __future__ import annotations

import random

import pytest

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry.templates import RenderedText, parse_template
from tests.random_templates import LEAVES, LEFT_OUT, random_template
from tests.template_cases import DATA

_SECRETS = ("planted-one", "another.planted", "", "5", "true", "[1]")
_OF_SECRETS = [".s", ".deep.s", "(index .secrets 0)", '(list .s "a")', '(dict "k" .s "l" 1)', ".s", ".s"]
# The number of elements that these make of a secret is seen in what a loop writes.
_COUNTS = {"splitList", "fromJson", "compact", "uniq", "without"}


def rendered(text: str, secret: str) -> RenderedText | None:
    hidden = Secret(secret)
    data = {**DATA, "s": hidden, "deep": {"s": hidden, "n": 1}, "secrets": [hidden]}
    try:
        return parse_template(text, "t").render(data)
    except InvalidInputError as error:
        refused = str(error)
    assert "planted" not in refused
    return None


def public(made: RenderedText) -> str:
    kept, place = [], 0
    for start, end in made.secret_ranges:
        kept.append(made.text[place:start])
        place = end
    return "".join([*kept, made.text[place:]])


@pytest.mark.parametrize("seed", range(4))
def test_what_is_public_does_not_depend_on_a_secret(seed: int) -> None:
    chance = random.Random(seed)
    with_secrets = 0
    for _ in range(500):
        text = random_template(chance, 2, [*LEAVES, *_OF_SECRETS * 3], LEFT_OUT | _COUNTS)
        made = [one for secret in _SECRETS if (one := rendered(text, secret)) is not None]
        assert len({public(one) for one in made}) <= 1, text
        assert not any("planted" in public(one) for one in made), text
        with_secrets += any(one.secret_ranges for one in made)
    assert with_secrets >= 10


def test_a_template_makes_the_same_of_the_same() -> None:
    chance = random.Random(1)
    for _ in range(300):
        text = random_template(chance, 3)
        assert rendered(text, "x") == rendered(text, "x")
