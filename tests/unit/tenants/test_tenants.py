"""Organizations, roles and tokens."""

from datetime import UTC, datetime, timedelta

import pytest

from leastway.tenants import NewToken, Permission, Role, Token, is_organization_id, token_digest

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["ab", "acme", "acme-2", "a" * 50])
def test_an_id_of_letters_digits_and_single_hyphens_is_accepted(text: str) -> None:
    assert is_organization_id(text)


@pytest.mark.parametrize("text", ["", "a", "Acme", "acme-", "-acme", "ac--me", "a" * 51, "acme\n", "äcme"])
def test_any_other_id_is_refused(text: str) -> None:
    assert not is_organization_id(text)


def test_each_role_has_the_permissions_of_the_weaker_ones() -> None:
    has = {role: {one for one in Permission if role.allows(one)} for role in Role}
    assert has == {
        Role.VIEWER: {Permission.READ},
        Role.OPERATOR: {Permission.READ, Permission.OPERATE, Permission.HAND_OUT},
        Role.OWNER: {Permission.READ, Permission.OPERATE, Permission.HAND_OUT, Permission.OWN},
    }


def test_a_token_for_some_accounts_allows_hand_outs_of_these_alone() -> None:
    token = Token("ci", "acme", "user", "", NOW, "user", None, accounts=("prod",))
    allowed = {(one, account) for one in Permission for account in ("prod", "dev") if token.allows(one, account)}
    assert allowed == {(Permission.HAND_OUT, "prod")}


def test_a_new_token_is_random_and_found_by_its_digest() -> None:
    one, other = NewToken.generate(), NewToken.generate()
    assert one.digest != other.digest
    assert one.digest == token_digest(one.secret.reveal())
    assert len(one.secret.reveal()) == len("lwt_") + 43
    assert one.secret.reveal() not in repr(one)


def test_a_token_ends_at_its_expiry_and_when_it_is_revoked() -> None:
    token = Token("ci", "acme", "user", "", NOW, "user", expires_at=NOW + timedelta(hours=1))
    assert token.is_valid(NOW)
    assert token.is_valid(NOW + timedelta(minutes=59))
    assert not token.is_valid(NOW + timedelta(hours=1))
    assert not Token("ci", "acme", "user", "", NOW, "user", None, revoked_at=NOW).is_valid(NOW)
    assert Token("ci", "acme", "user", "", NOW, "user", None).is_valid(NOW + timedelta(days=9999))
