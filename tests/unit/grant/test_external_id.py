from __future__ import annotations

import base64
import random
import string
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.grant import new_external_id, weak_spot, why_guessable
from leastway.grant.external_id import FEWEST_BITS, common_word, estimate_bits
from leastway.grant.values.external_id import is_external_id
from leastway.registry import find_secrets


def test_a_new_external_id_is_random_and_valid_and_does_not_look_like_a_secret() -> None:
    generated = {new_external_id() for _ in range(500)}
    assert len(generated) == 500
    for text in generated:
        assert is_external_id(text)
        assert estimate_bits(text) >= FEWEST_BITS
        assert common_word(text) is None
        assert not list(find_secrets(text))


ALPHANUMERIC = string.ascii_letters + string.digits
MACHINES: dict[str, Callable[[random.Random], str]] = {
    "hexadecimal": lambda chance: chance.randbytes(16).hex(),
    "capitals": lambda chance: chance.randbytes(16).hex().upper(),
    "long hexadecimal": lambda chance: chance.randbytes(32).hex(),
    "Base64": lambda chance: base64.b64encode(chance.randbytes(16)).decode(),
    "Base64 for URLs": lambda chance: base64.urlsafe_b64encode(chance.randbytes(16)).decode().rstrip("="),
    "long Base64": lambda chance: base64.urlsafe_b64encode(chance.randbytes(32)).decode(),
    "Base32": lambda chance: base64.b32encode(chance.randbytes(17)).decode()[:26],
    "small Base32": lambda chance: base64.b32encode(chance.randbytes(17)).decode()[:26].lower(),
    "long Base32": lambda chance: base64.b32encode(chance.randbytes(25)).decode(),
    "letters and digits": lambda chance: "".join(chance.choices(ALPHANUMERIC, k=22)),
    "small letters and digits": lambda chance: "".join(chance.choices(ALPHANUMERIC[:26] + string.digits, k=25)),
    "digits": lambda chance: "".join(chance.choices(string.digits, k=39)),
    "two UUIDs": lambda chance: f"{uuid.UUID(int=chance.getrandbits(128))}{uuid.UUID(int=chance.getrandbits(128))}",
}
NAMED: dict[str, Any] = {"account": "111122223333", "grant": "acme", "roles": ["humanitec-s3"], "clusters": ["prod"]}


def refused(make: Callable[[random.Random], str], number: int) -> list[str]:
    """Return those of a number of generated texts that are refused."""
    chance = random.Random(0)
    return [text for text in (make(chance) for _ in range(number)) if why_guessable(text, **NAMED)]


@pytest.mark.parametrize("make", MACHINES.values(), ids=MACHINES)
def test_a_generated_text_with_enough_random_bits_is_accepted(make: Callable[[random.Random], str]) -> None:
    """Hardly any may be refused: `tests/properties/grant` counts them."""
    assert refused(make, 100) == []


@pytest.mark.parametrize("version", [1, 4, 6, 7])
def test_a_uuid_is_kept_if_it_is_in_use_and_refused_if_it_is_new(version: int) -> None:
    chance = random.Random(version)
    for _ in range(1000):
        text = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        text = f"{text[:14]}{version}{text[15:]}"
        assert why_guessable(text, **NAMED, in_use=True) is None
        assert "random bits" in (weak_spot(text) or "")
        assert why_guessable(text, **NAMED) is not None


def test_an_id_that_is_accepted_as_new_is_accepted_without_remark_if_in_use() -> None:
    chance = random.Random(1)
    for make in MACHINES.values():
        for text in (make(chance) for _ in range(200)):
            if why_guessable(text, **NAMED) is None:
                assert why_guessable(text, **NAMED, in_use=True) is None
                assert weak_spot(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        "9f8b4c1de27a40c6",
        "2024-11-28T10:15:00Z",
        "20241128101500",
        "prd-eu-2024-11-28-a1",
        "Summer2024Winter2025",
        "berlin-2024-munich-2025-hamburg-2026",
        "111122223333",
        "acme-9f8b4c1de27a40c6b3d57e1f0a9c4b8d",
        "9f8b4c1de27a40c6b3d57e1f0a9c4b8d-humanitec-s3",
        "prod-9f8b4c1de27a40c6b3d57e1f0a9c4b8d",
        "correct-horse-battery-staple-garden-window",
        "correcthorsebatterystaplegardenwindow",
        "CorrectHorseBatteryStapleGardenWindow",
        "alpha-bravo-charlie-delta-echo-foxtrot-golf",
        "abc123" * 8,
        "deadbeef" * 8,
        "0123456789abcdef" * 4,
        "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ",
        "azertyuiopqsdfghjklmwxcvbn1234567890",
        "11111111-1111-4111-8111-111111111111",
        "00000000-0000-0000-0000-000000000000",
        "12345678-1234-4234-8234-123456789012",
    ],
)
def test_a_guessable_id_is_refused_even_if_it_is_in_use(text: str) -> None:
    assert why_guessable(text, **NAMED) is not None
    assert why_guessable(text, **NAMED, in_use=True) is not None


@pytest.mark.parametrize("name", ["prod", "acme", "test"])
def test_a_short_name_within_random_characters_is_accepted(name: str) -> None:
    for text in (f"Sp6CvZ{name}XFwTbqAgjml7cr9jR6bV9hasi15", f"mq7vk2{name}0z8xw4jt6yb1hn3dr5gl9fs2"):
        assert why_guessable(text, **NAMED) is None
    for text in (f"{name}Sp6CvZXFwTbqAgjml7cr9jR6bV9hasi15", f"Sp6CvZXFwTbqAgj-{name}-ml7cr9jR6bV9hasi15"):
        assert why_guessable(text, **NAMED) is not None
    assert why_guessable(f"9f8b4c1d{name}e27a40c6b3d57e1f0a9c4b8d7e1f0a9c", **NAMED) is not None


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
def test_a_text_that_a_person_chose_has_few_bits(text: str, most: int) -> None:
    assert estimate_bits(text) <= most


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60), st.integers(2, 4))
def test_repeating_a_text_adds_only_the_bits_of_the_seam(text: str, times: int) -> None:
    assert estimate_bits(text * times) <= (len(text) + 5) * 6
