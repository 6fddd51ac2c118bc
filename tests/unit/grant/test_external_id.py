from __future__ import annotations

import base64
import secrets
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.grant import new_external_id
from leastway.grant.external_id import FEWEST_BITS, common_word, estimate_bits
from leastway.grant.secret_text import find_secrets
from leastway.grant.values.external_id import is_external_id


def test_a_new_one_is_random_legal_and_never_taken_for_a_secret_or_a_word() -> None:
    made = {new_external_id() for _ in range(500)}
    assert len(made) == 500
    for text in made:
        assert is_external_id(text)
        assert estimate_bits(text) >= FEWEST_BITS
        assert common_word(text) is None
        assert not list(find_secrets(text))


@pytest.mark.parametrize(
    "make",
    [
        lambda: secrets.token_hex(20),
        lambda: secrets.token_hex(32).upper(),
        lambda: secrets.token_urlsafe(24),
        lambda: base64.b32encode(secrets.token_bytes(25)).decode(),
        lambda: f"{uuid.uuid4()}{uuid.uuid4()}",
    ],
    ids=["hexadecimal", "capitals", "base64", "base32", "two UUIDs"],
)
def test_what_a_machine_made_of_enough_random_bits_is_enough(make: object) -> None:
    assert callable(make)
    # Of base32, 4 in 1,000 look as if they were made of words: 7 in 200 come once in 100,000 runs.
    assert sum(estimate_bits(make()) >= FEWEST_BITS for _ in range(200)) >= 194


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("c232ab00-9414-11ec-b3c8-9f6bdeced846", 60),
        ("6f1c2a9e-53b7-4d08-9a6e-c1f4b7d20e35", 122),
        ("a" * 64, 30),
        ("0123456789" * 8, 60),
        ("0123456789abcdef" * 4, 80),
        ("correct-horse-battery-staple", 52),
        ("CorrectHorseBatteryStapleGardenWindow", 78),
        ("hello-world-2024-11", 90),
        ("", 0),
    ],
)
def test_what_a_person_chose_is_not(text: str, most: int) -> None:
    assert estimate_bits(text) <= most


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60), st.integers(2, 4))
def test_saying_it_again_adds_no_more_than_the_seam(text: str, times: int) -> None:
    assert estimate_bits(text * times) <= (len(text) + 5) * 6
