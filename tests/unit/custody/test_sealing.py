"""Envelope encryption: a secret opens at its place, with its key, unchanged, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.custody import Custody, FileWrappingKey
from leastway.custody.aead import associated_data
from leastway.errors import LeastwayError
from leastway.ports import DamagedError, Holder, HolderKind, SealedSecret, SecretPlace
from leastway.primitives import Secret

KEY, OTHER_KEY = FileWrappingKey(bytes(range(32))), FileWrappingKey(bytes(32))
PLACE = SecretPlace(Holder("acme", HolderKind.ACCOUNT, "aws-prod"), 3)
PLANTED = "planted-secret-9431"
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


def sealed() -> SealedSecret:
    return Custody(KEY).seal(PLACE, Secret(PLANTED))


def with_part(one: SealedSecret, part: str, data: bytes) -> SealedSecret:
    changes: dict[str, Any] = {part: data}
    return replace(one, **changes)


def flipped(data: bytes, position: int, bit: int = 0) -> bytes:
    return data[:position] + bytes([data[position] ^ (1 << bit)]) + data[position + 1 :]


@given(TEXT, TEXT, st.sampled_from(HolderKind), TEXT, st.integers(1, 10**6))
def test_what_is_sealed_opens_at_its_place(
    text: str, organization: str, kind: HolderKind, holder: str, version: int
) -> None:
    place = SecretPlace(Holder(organization, kind, holder), version)
    custody = Custody(KEY)
    assert custody.open(custody.seal(place, Secret(text))).reveal() == text


def test_each_version_has_its_own_data_key_and_nonce() -> None:
    custody = Custody(KEY)
    made = [custody.seal(PLACE, Secret(PLANTED)) for _ in range(50)]
    assert len({KEY.unwrap(each.wrapped_key, PLACE.context()) for each in made}) == 50
    assert len({each.nonce for each in made}) == 50


@pytest.mark.parametrize("part", ["ciphertext", "nonce", "wrapped_key"])
def test_every_flipped_byte_is_found_at_its_place(part: str) -> None:
    one, custody = sealed(), Custody(KEY)
    data: bytes = getattr(one, part)
    for position in range(len(data)):
        for bit in (0, 7):
            changed = with_part(one, part, flipped(data, position, bit))
            with pytest.raises(DamagedError) as caught:
                custody.open(changed)
            assert caught.value.where == "account acme/aws-prod, credential version 3"
            assert PLANTED not in str(caught.value)


@pytest.mark.parametrize("part", ["ciphertext", "nonce", "wrapped_key"])
def test_a_part_of_another_length_is_found(part: str) -> None:
    one, custody = sealed(), Custody(KEY)
    data: bytes = getattr(one, part)
    for changed in (b"", data[:-1], data + b"\0", data[: len(data) // 2]):
        with pytest.raises(DamagedError):
            custody.open(with_part(one, part, changed))


@pytest.mark.parametrize(
    "place",
    [
        replace(PLACE, version=2),
        replace(PLACE, holder=replace(PLACE.holder, organization="other")),
        replace(PLACE, holder=replace(PLACE.holder, id="aws-dev")),
        replace(PLACE, holder=replace(PLACE.holder, kind=HolderKind.DEFINITION)),
    ],
    ids=["version", "organization", "account", "kind"],
)
def test_a_secret_that_is_moved_does_not_open(place: SecretPlace) -> None:
    with pytest.raises(DamagedError) as caught:
        Custody(KEY).open(replace(sealed(), place=place))
    assert caught.value.where == str(place)


@pytest.mark.parametrize("parts", [("ciphertext",), ("nonce",), ("wrapped_key",), ("nonce", "ciphertext")])
def test_parts_of_another_version_do_not_open(parts: tuple[str, ...]) -> None:
    other = Custody(KEY).seal(replace(PLACE, version=4), Secret("other"))
    mixed = replace(sealed(), **{part: getattr(other, part) for part in parts})
    with pytest.raises(DamagedError):
        Custody(KEY).open(mixed)


def test_a_secret_under_another_wrapping_key_says_which_key_is_missing() -> None:
    with pytest.raises(LeastwayError, match=f"sealed by the wrapping key {KEY.id}") as caught:
        Custody(OTHER_KEY).open(sealed())
    assert "--other-wrapping-key" in (caught.value.fix or "")


def test_a_wrapping_key_that_claims_another_id_does_not_open() -> None:
    with pytest.raises(DamagedError):
        Custody(OTHER_KEY).open(replace(sealed(), wrapping_key=OTHER_KEY.id))


def test_a_secret_is_rewrapped_and_opens_with_the_new_key_alone() -> None:
    both = Custody(OTHER_KEY, [KEY])
    one = sealed()
    again = both.rewrap(one)
    assert (again.wrapping_key, again.nonce, again.ciphertext) == (OTHER_KEY.id, one.nonce, one.ciphertext)
    assert Custody(OTHER_KEY).open(again).reveal() == both.open(one).reveal() == PLANTED


def test_a_damaged_secret_is_not_rewrapped() -> None:
    one = sealed()
    with pytest.raises(DamagedError):
        Custody(OTHER_KEY, [KEY]).rewrap(replace(one, ciphertext=flipped(one.ciphertext, 3)))


@given(st.dictionaries(TEXT, TEXT, max_size=4), st.dictionaries(TEXT, TEXT, max_size=4), TEXT, TEXT)
def test_different_contexts_have_different_associated_data(
    one: dict[str, str], two: dict[str, str], purpose: str, other_purpose: str
) -> None:
    same = (purpose, one) == (other_purpose, two)
    assert (associated_data(purpose, one) == associated_data(other_purpose, two)) == same


def test_texts_that_are_split_differently_have_different_associated_data() -> None:
    assert associated_data("p", {"ab": "c"}) != associated_data("p", {"a": "bc"})
    assert associated_data("p", {"a": "b", "c": "d"}) != associated_data("p", {"a": "bcd"})


def test_nothing_sealed_prints_its_parts() -> None:
    one = sealed()
    assert "***" not in repr(one)
    for part in (one.ciphertext, one.nonce, one.wrapped_key):
        assert repr(part) not in repr(one)
    assert repr(KEY) == f"FileWrappingKey({KEY.id})"
