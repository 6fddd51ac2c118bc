import pytest

from leastway.registry import identifier_of, is_identifier, is_type


@pytest.mark.parametrize("text", ["abc", "shop-s3", "0-0"])
def test_valid_ids_are_accepted(text: str) -> None:
    assert is_identifier(text)


@pytest.mark.parametrize("text", ["", "ab", "-ab", "ab-", "Shop", "a_b", "a.b", "abc\n"])
def test_invalid_ids_are_rejected(text: str) -> None:
    assert not is_identifier(text)


@pytest.mark.parametrize(("text", "is_one"), [("s3", True), ("k8s-cluster", True), ("3s", False), ("S3", False)])
def test_a_type_begins_with_a_lower_case_letter(text: str, is_one: bool) -> None:
    assert is_type(text) is is_one


def test_words_are_joined_to_an_id() -> None:
    assert identifier_of("acme", "111122223333", "humanitec-a.B_c") == "acme-111122223333-humanitec-a-b-c"
    assert not is_identifier(identifier_of("...", "a"))
