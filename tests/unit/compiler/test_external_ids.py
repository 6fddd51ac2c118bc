"""The external ids of a role, decided from the grant, the store and the live role."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leastway.compiler import Choice, LiveRole, Settled, external_id_notes, ids_without_looking, settle
from leastway.errors import InvalidInputError
from leastway.estate import AskedIds, RoleIds, RoleKey, Stage
from leastway.grant import Grant, Identity
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE, cluster, grant_of

ACCESS: RoleKey = (ACCOUNT, "humanitec-eks-access-111122223333")
S3: RoleKey = (ACCOUNT, "humanitec-s3")
OWN: RoleKey = (ACCOUNT, "")
FRESH: dict[str, str] = {ACCOUNT: "fresh"}
W, X, Y, Z = (f"{letter}{'9f8b4c1de27a40c6b3d57e1f0a9c4b8d'}" for letter in "0123")
SEVERAL, CHANGING, FINISHING = Stage.SEVERAL, Stage.CHANGING, Stage.FINISHING


def granted(account: str | None = None, role: str | None = None) -> Grant:
    grant = grant_of(roles=(replace(S3_ROLE, external_id=role),))
    return replace(grant, accounts=(replace(grant.accounts[0], external_id=account),))


def live(*ids: str, unclear: str = "", is_ours: bool = True) -> LiveRole:
    return LiveRole(AskedIds(ids, unclear), is_ours)


def settled(
    grant: Grant, stored: RoleIds | None, seen: LiveRole | None, choice: Choice | None = None, *, finish: bool = False
) -> Settled:
    kept = {S3: stored, OWN: RoleIds(stored.current)} if stored else {}
    return settle(grant, kept, {S3: seen}, FRESH, choices={S3: choice} if choice else {}, finish=finish)


def changing(current: str, *others: str) -> RoleIds:
    return RoleIds(current, others, CHANGING)


@pytest.mark.parametrize(
    ("wanted", "stored", "seen", "after", "expected_note"),
    [
        # neither the store nor the grant has an id
        (None, None, None, RoleIds("fresh"), ""),
        (None, None, live(), RoleIds("fresh"), ""),
        (None, None, live(X), RoleIds(X), ""),
        (None, None, live(X, Y), RoleIds(X, (Y,), SEVERAL), "several external ids"),
        (W, None, None, RoleIds(W), ""),
        (W, None, live(W), RoleIds(W), ""),
        (W, None, live(X), changing(W, X), "make the platform use the new one"),
        (W, None, live(X, W), changing(W, X), "is not finished"),
        # the store has an id
        (None, RoleIds(X), None, RoleIds(X), ""),
        (None, RoleIds(X), live(), RoleIds(X), ""),
        (None, RoleIds(X), live(X), RoleIds(X), ""),
        (None, RoleIds(X, (Y,), SEVERAL), live(X, Y), RoleIds(X, (Y,), SEVERAL), "several external ids"),
        (None, RoleIds(X, (Y,), SEVERAL), live(Y), RoleIds(Y), ""),
        (None, RoleIds(X, (Y,), SEVERAL), None, RoleIds(X, (Y,), SEVERAL), "several external ids"),
        # the grant changes it
        (W, RoleIds(X), live(X), changing(W, X), "make the platform use the new one"),
        (W, RoleIds(X), None, RoleIds(W), "make the platform use the new one"),
        (X, RoleIds(X, (Y,), SEVERAL), live(X, Y), changing(X, Y), "is not finished"),
        # a change in progress: before the first write, in between, and after the old id was removed by others
        (None, changing(W, X), live(X), changing(W, X), "make the platform use the new one"),
        (None, changing(W, X), live(X, W), changing(W, X), "is not finished"),
        (None, changing(W, X), live(W), RoleIds(W), ""),
        (None, changing(W, X), None, RoleIds(W), ""),
        (X, changing(W, X), live(X, W), changing(X, W), "is not finished"),
        (Z, changing(W, X), live(X, W), changing(Z, X, W), "make the platform use the new one"),
        # the end of a change in progress
        (None, RoleIds(W, (X,), FINISHING), live(X, W), RoleIds(W, (X,), FINISHING), "finishing"),
        (W, RoleIds(W, (X,), FINISHING), live(X, W), RoleIds(W, (X,), FINISHING), "finishing"),
        (None, RoleIds(W, (X,), FINISHING), live(W), RoleIds(W), ""),
        (None, RoleIds(W, (X,), FINISHING), live(X), changing(W, X), "make the platform use the new one"),
        (X, RoleIds(W, (X,), FINISHING), live(X, W), changing(X, W), "is not finished"),
        # the grant decides between the store and the role
        (W, RoleIds(X), live(Y), changing(W, Y), "make the platform use the new one"),
        (Y, RoleIds(X), live(Y), RoleIds(Y), ""),
    ],
)
def test_ids_and_notes_follow_from_grant_store_and_live_role(
    wanted: str | None, stored: RoleIds | None, seen: LiveRole | None, after: RoleIds, expected_note: str
) -> None:
    found = settled(granted(wanted), stored, seen)
    assert found.ids.of(*S3) == after
    assert not found.conflicts
    notes = external_id_notes(found)
    assert [expected_note in note.text for note in notes] == ([True] if expected_note else [])
    assert found.ids.of(*S3).accepted == ((after.current,) if after.stage is FINISHING else after.known)
    again = settled(granted(role=wanted), stored, seen)
    assert again.ids.of(*S3) == after, "the field of the role has the same effect as that of the account"


@pytest.mark.parametrize(
    ("wanted", "stored", "seen", "meanwhile", "by_live", "by_stored"),
    [
        (None, RoleIds(X), live(Y), RoleIds(X), RoleIds(Y), changing(X, Y)),
        (None, RoleIds(X), live(X, Z), RoleIds(X), RoleIds(X, (Z,), SEVERAL), changing(X, Z)),
        (None, RoleIds(X), live(X, Z, is_ours=False), RoleIds(X), RoleIds(X, (Z,), SEVERAL), changing(X, Z)),
        (W, RoleIds(W), live(W, Z), RoleIds(W), changing(W, Z), changing(W, Z)),
        (None, changing(W, X), live(W, X, Z), changing(W, X), RoleIds(W, (X, Z), SEVERAL), changing(W, X, Z)),
        (None, RoleIds(X), live(unclear="StringLike *"), RoleIds(X), None, RoleIds(X)),
    ],
)
def test_live_id_that_is_not_in_the_store_is_a_conflict(
    wanted: str | None,
    stored: RoleIds,
    seen: LiveRole,
    meanwhile: RoleIds,
    by_live: RoleIds | None,
    by_stored: RoleIds,
) -> None:
    found = settled(granted(wanted), stored, seen)
    (conflict,) = found.conflicts
    assert found.ids.of(*S3) == meanwhile, "a proof uses the ids in the store"
    assert not found.to_keep()
    for word in (*conflict.live, *stored.known, "--external-ids live", "--external-ids stored", "`external_id`"):
        assert word in f"{conflict.text} {conflict.fix}"
    answered = settled(granted(wanted), stored, seen, Choice.STORED)
    assert (answered.ids.of(*S3), answered.conflicts) == (by_stored, ())
    if by_live is None:
        with pytest.raises(InvalidInputError, match="without naming it"):
            settled(granted(wanted), stored, seen, Choice.LIVE)
    else:
        answered = settled(granted(wanted), stored, seen, Choice.LIVE)
        assert (answered.ids.of(*S3), answered.conflicts) == (by_live, ())


@pytest.mark.parametrize(
    ("stored", "seen", "after"),
    [
        (changing(W, X), live(W, X), RoleIds(W, (X,), FINISHING)),
        (changing(W, X), live(X), changing(W, X)),
        (RoleIds(W), live(W), RoleIds(W)),
        (changing(W, X), None, RoleIds(W)),
    ],
)
def test_change_finishes_only_when_the_new_id_is_installed(
    stored: RoleIds, seen: LiveRole | None, after: RoleIds
) -> None:
    assert settled(granted(), stored, seen, finish=True).ids.of(*S3) == after


def test_change_does_not_finish_in_the_run_that_starts_it() -> None:
    assert settled(granted(W), RoleIds(X), live(X), finish=True).ids.of(*S3) == changing(W, X)


def test_several_ids_are_reduced_only_when_the_grant_names_one() -> None:
    with pytest.raises(InvalidInputError, match=f"{X} and {Y}") as caught:
        settled(granted(), None, live(X, Y), finish=True)
    assert caught.value.where == f"{ACCOUNT}/role/humanitec-s3"
    assert "`external_id`" in (caught.value.fix or "")
    assert settled(granted(Y), None, live(X, Y), finish=True).ids.of(*S3) == RoleIds(Y, (X,), FINISHING)


def test_plan_does_not_change_stored_ids_of_installed_roles() -> None:
    cases: list[tuple[str | None, RoleIds | None, LiveRole | None]]
    cases = [(W, RoleIds(X), live(X)), (W, None, live(X)), (None, changing(W, X), live(X))]
    for wanted, stored, seen in cases:
        assert S3 not in settled(granted(wanted), stored, seen).to_keep()
    finishing = settled(granted(), changing(W, X), live(W, X), finish=True)
    assert S3 not in finishing.to_keep()
    cases = [(None, None, live(X)), (None, None, None), (W, RoleIds(X), None)]
    for wanted, stored, seen in cases:
        assert S3 in settled(granted(wanted), stored, seen).to_keep()


def test_each_role_keeps_its_own_id_and_a_new_role_gets_that_of_the_account() -> None:
    grant = grant_of(cluster("prod"), roles=(S3_ROLE, replace(S3_ROLE, name="humanitec-new")))
    new = (ACCOUNT, "humanitec-new")
    seen: dict[RoleKey, LiveRole | None] = {ACCESS: live(X, is_ours=False), S3: live(Y, is_ours=False), new: None}
    found = settle(grant, {}, seen, FRESH)
    assert [found.ids.of(*key) for key in (ACCESS, S3, new, OWN)] == [RoleIds(one) for one in (X, Y, X, X)]
    again = settle(grant, found.to_keep(), seen, FRESH)
    assert again.ids == found.ids
    assert not again.to_keep()


def test_role_added_later_keeps_its_own_id() -> None:
    grant = grant_of(cluster("prod"), roles=(S3_ROLE,))
    stored = {OWN: RoleIds(X), ACCESS: RoleIds(X)}
    found = settle(grant, stored, {ACCESS: live(X), S3: live(Y, is_ours=False)}, FRESH)
    assert (found.ids.of(*S3), found.conflicts) == (RoleIds(Y), ())


def test_old_store_has_one_id_for_all_roles_of_an_account() -> None:
    grant = grant_of(cluster("prod"), roles=(S3_ROLE,))
    found = settle(grant, {OWN: RoleIds(X)}, {ACCESS: live(X), S3: live(X)}, FRESH)
    assert (found.ids.of(*S3), found.conflicts) == (RoleIds(X), ())
    old: dict[RoleKey, RoleIds] = {OWN: RoleIds(X)}
    for _ in range(3):
        found = settle(grant, old, {ACCESS: live(X), S3: live(Y)}, FRESH)
        assert [conflict.key for conflict in found.conflicts] == [S3]
        old |= found.to_keep()
    for seen in ({}, {ACCESS: live(X), S3: None}, {ACCESS: live(X)}):
        kept = settle(grant, {OWN: RoleIds(X)}, seen, FRESH).to_keep()
        assert kept == {ACCESS: RoleIds(X), S3: RoleIds(X)}


def test_plan_before_apply_causes_no_conflict() -> None:
    """Ids stored by a plan must not count as ids that the roles are known to have."""
    grant = granted(W)
    stored: dict[RoleKey, RoleIds] = {}
    for before in ({}, {OWN: RoleIds(X)}):
        stored = dict(before)
        for _ in range(3):
            found = settle(grant, stored, {S3: live(X, is_ours=False)}, FRESH)
            assert (found.ids.of(*S3), found.conflicts) == (changing(W, X), ())
            stored |= found.to_keep()


def test_grant_can_name_different_ids_for_account_and_role() -> None:
    grant = granted(W, Z)
    grant = replace(grant, accounts=(replace(grant.accounts[0], clusters=(cluster("prod"),)),))
    found = settle(grant, {}, {ACCESS: live(X), S3: live(Y)}, FRESH)
    assert found.ids.of(*ACCESS) == changing(W, X)
    assert found.ids.of(*S3) == changing(Z, Y)


def test_ids_of_an_unreadable_role_are_neither_guessed_nor_stored() -> None:
    found = settle(granted(), {}, {}, FRESH)
    assert found.states[S3].is_guess
    assert not found.to_keep()
    for stored, wanted, after in (
        (RoleIds(X), None, RoleIds(X)),
        (RoleIds(X), W, changing(W, X)),
        (None, W, RoleIds(W)),
        (changing(W, X), None, changing(W, X)),
    ):
        kept = {S3: stored} if stored else {}
        assert ids_without_looking(granted(wanted), kept, FRESH).of(*S3) == after
        assert not settle(granted(wanted), kept, {}, FRESH).states[S3].is_guess


@pytest.mark.parametrize(
    ("external_id", "why"),
    [
        ("correct-horse-battery-staple", "about 52 random bits"),
        ("acme-9f8b4c1de27a40c6b3d57e1f0a9c4b8d", "the name of the grant"),
        ("11111111-1111-4111-8111-111111111111", "random bits"),
        ("2024-11-28", "random bits"),
        (ACCOUNT, "the account id"),
    ],
)
def test_guessable_id_is_rejected_when_it_would_be_adopted(external_id: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why) as caught:
        settled(granted(), None, live(X, external_id, is_ours=False))
    assert "--finish" in (caught.value.fix or "")
    with pytest.raises(InvalidInputError, match=why):
        settled(granted(), RoleIds(X), live(external_id), Choice.LIVE)
    assert settled(granted(W), None, live(external_id, is_ours=False)).ids.of(*S3) == changing(W, external_id)


@pytest.mark.parametrize(
    "external_id", ["6f1c2a9e-53b7-4d08-9a6e-c1f4b7d20e35", "51af3dc0-da77-11e4-872e-1234567db123"]
)
def test_id_generated_by_a_stack_is_kept_with_a_note(external_id: str) -> None:
    found = settled(granted(), None, live(external_id, is_ours=False))
    assert found.ids.of(*S3) == RoleIds(external_id)
    (note,) = external_id_notes(found)
    assert note.where == f"{ACCOUNT}/role/humanitec-s3"
    assert external_id in note.text
    assert "random bits, and a new one has 256" in note.text


def test_pattern_is_rejected_until_the_grant_names_an_id() -> None:
    seen = live(unclear="StringLike abc*", is_ours=False)
    with pytest.raises(InvalidInputError, match="StringLike abc") as caught:
        settled(granted(), None, seen)
    assert "`external_id`" in (caught.value.fix or "")
    found = settled(granted(W), None, seen)
    assert found.ids.of(*S3) == RoleIds(W)
    assert ["StringLike abc*" in note.text for note in external_id_notes(found)] == [True]
    again = settled(granted(W), RoleIds(W), seen)
    assert (again.ids.of(*S3), again.conflicts) == (RoleIds(W), ())


def test_nothing_is_stored_without_roles() -> None:
    grant = grant_of(cluster("prod"), identity=Identity.IAM_USER)
    assert settle(grant, {}, {}, FRESH).to_keep() == {}
