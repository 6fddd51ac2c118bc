"""The rules that every `Site` keeps, for every kind of object."""

from collections.abc import Iterable

import pytest

from leastway.errors import LeastwayError
from leastway.estate import AccessEntry, EstateObject, Kind, Mark, Observed, Use, Watch
from leastway.ports import AlreadyThereError, NotThereYetError
from leastway.reconcile import differences
from tests.contract.live.world import ASSOCIATION, ENTRY, EVERYTHING, KEY, NAMES, POLICY, ROLE, USER, World

MARK = Mark("acme")

each = pytest.mark.parametrize("candidate", EVERYTHING, ids=lambda one: one.kind.value)
each_with_a_mark_of_its_own = pytest.mark.parametrize(
    "candidate",
    [one for one in EVERYTHING if one.kind not in (Kind.ACCESS_KEY, Kind.ACCESS_POLICY)],
    ids=lambda one: one.kind.value,
)
BORROWED = {Kind.ACCESS_KEY: EVERYTHING[1], Kind.ACCESS_POLICY: ENTRY}
"""The objects whose mark is used for kinds that cannot carry one."""


def beneath(candidate: EstateObject) -> Iterable[EstateObject]:
    return EVERYTHING[: EVERYTHING.index(candidate)]


def make(world: World, candidates: Iterable[EstateObject], mark: Mark = MARK) -> None:
    for one in candidates:
        world.site(one).create(one, mark)


def seen(world: World, candidate: EstateObject, grant: str = "acme") -> Observed | None:
    observation = world.site(candidate).observe([candidate], grant)
    assert not observation.unreadable
    return observation.objects.get(candidate.address)


@each
def test_a_missing_object_is_absent_and_not_unreadable(world: World, candidate: EstateObject) -> None:
    observation = world.site(candidate).observe([candidate], "acme")
    assert candidate.address not in observation.objects
    assert not observation.unreadable


@each
def test_a_created_object_is_observed_as_desired_and_marked(world: World, candidate: EstateObject) -> None:
    make(world, [*beneath(candidate), candidate])
    observed = seen(world, candidate)
    assert observed is not None
    assert observed.object == candidate
    assert observed.mark == MARK
    assert observed.owner is None


@pytest.mark.parametrize("wanted", [True, False], ids=["wanted", "no longer wanted"])
def test_the_users_of_a_policy_are_read_with_their_marks(world: World, wanted: bool) -> None:
    if wanted:  # without a mark
        world.by_hand(POLICY)
    else:
        make(world, [POLICY])
    assert seen_as(world, wanted).used_by == ()
    make(world, [USER])
    world.by_hand(ROLE)
    assert set(seen_as(world, wanted).used_by) == {Use("user", USER.name, MARK), Use("role", ROLE.name)}


def seen_as(world: World, wanted: bool) -> Observed:
    return world.site(POLICY).observe([POLICY] if wanted else [], "acme").objects[POLICY.address]


def test_a_policy_in_use_cannot_be_deleted(world: World) -> None:
    make(world, [POLICY, USER])
    observed = seen(world, POLICY)
    assert observed is not None
    with pytest.raises(LeastwayError, match="it is still used by user humanitec"):
        world.site(POLICY).delete(observed)
    assert seen(world, POLICY) == observed


@each
def test_a_marked_object_is_found_even_if_no_longer_wanted(world: World, candidate: EstateObject) -> None:
    make(world, [*beneath(candidate), candidate])
    observed = world.site(candidate).observe([], "acme").objects[candidate.address]
    assert observed.object == candidate
    assert observed.mark == MARK


@each
def test_an_object_of_another_grant_is_shown_only_if_wanted(world: World, candidate: EstateObject) -> None:
    make(world, [*beneath(candidate), candidate], Mark("globex"))
    assert candidate.address not in world.site(candidate).observe([], "acme").objects
    observed = seen(world, candidate)
    assert observed is not None
    assert observed.mark == Mark("globex")


@each
def test_read_returns_what_observe_returns_of_the_wanted_objects_only(world: World, candidate: EstateObject) -> None:
    site = world.site(candidate)
    assert not site.read([candidate], "acme").objects
    make(world, EVERYTHING)
    found = site.read([candidate], "acme")
    assert not found.unreadable
    assert found.objects[candidate.address] == seen(world, candidate)
    assert not site.read([], "acme").objects


@each
def test_an_unmarked_object_is_shown_only_if_wanted(world: World, candidate: EstateObject) -> None:
    for one in [*beneath(candidate), candidate]:
        world.by_hand(one)
    assert candidate.address not in world.site(candidate).observe([], "acme").objects
    observed = seen(world, candidate)
    assert observed is not None
    assert observed.mark is None
    assert not [one for one in differences(observed.object, candidate) if one.field != "description"]


@each
def test_creating_an_existing_object_is_rejected(world: World, candidate: EstateObject) -> None:
    make(world, [*beneath(candidate), candidate])
    with pytest.raises(AlreadyThereError):
        world.site(candidate).create(candidate, MARK)


@each_with_a_mark_of_its_own
def test_adopting_an_object_marks_it(world: World, candidate: EstateObject) -> None:
    for one in [*beneath(candidate), candidate]:
        world.by_hand(one)
    live = seen(world, candidate)
    assert live is not None
    world.site(candidate).update(live, candidate, MARK)
    adopted = seen(world, candidate)
    assert adopted is not None
    assert adopted.mark == MARK
    assert adopted.unique_id == live.unique_id


@pytest.mark.parametrize("kind", BORROWED, ids=lambda kind: kind.value)
def test_adopting_the_holder_adopts_objects_that_carry_no_mark(world: World, kind: Kind) -> None:
    candidate = next(one for one in EVERYTHING if one.kind is kind)
    for one in [*beneath(candidate), candidate]:
        world.by_hand(one)
    for one in (BORROWED[kind], candidate):
        live = seen(world, one)
        assert live is not None
        world.site(one).update(live, one, MARK)
    adopted = seen(world, candidate)
    assert adopted is not None
    assert adopted.mark == MARK


@each
def test_a_deleted_object_is_absent_and_deleting_it_again_succeeds(world: World, candidate: EstateObject) -> None:
    made = [*beneath(candidate), candidate]
    make(world, made)
    standing_on_it = [one for one in EVERYTHING if one not in made]
    assert not any(seen(world, one) for one in standing_on_it)
    live = seen(world, candidate)
    assert live is not None
    for one in reversed(made):  # a policy that is still attached cannot be deleted
        observed = seen(world, one)
        if observed is not None and (one is candidate or candidate.kind is Kind.MANAGED_POLICY):
            world.site(one).delete(observed)
    assert seen(world, candidate) is None
    world.site(candidate).delete(live)
    assert seen(world, candidate) is None


def test_deleting_an_entry_deletes_its_policies(world: World) -> None:
    make(world, EVERYTHING)
    entry = seen(world, ENTRY)
    assert entry is not None
    world.site(ENTRY).delete(entry)
    assert seen(world, ASSOCIATION) is None


def test_deleting_a_user_deletes_its_key(world: World) -> None:
    user = EVERYTHING[1]
    make(world, [EVERYTHING[0], user, KEY])
    live = seen(world, user)
    assert live is not None
    world.site(user).delete(live)
    assert seen(world, user) is None
    assert seen(world, KEY) is None


@pytest.mark.parametrize("orphan", [KEY, ENTRY, ASSOCIATION], ids=lambda one: one.kind.value)
def test_creating_an_object_without_its_parent_can_be_retried(world: World, orphan: EstateObject) -> None:
    with pytest.raises(NotThereYetError):
        world.site(orphan).create(orphan, MARK)


def test_a_recreated_principal_has_another_unique_id(world: World) -> None:
    make(world, EVERYTHING[:3])
    first = seen(world, ROLE)
    assert first is not None
    world.site(ROLE).delete(first)
    world.site(ROLE).create(ROLE, MARK)
    second = seen(world, ROLE)
    assert second is not None
    assert first.unique_id
    assert second.unique_id not in ("", first.unique_id)


def test_an_entry_remembers_the_principal_that_it_was_created_for(world: World) -> None:
    make(world, [*beneath(ENTRY)])
    site = world.site(ENTRY)
    site.create(ENTRY, Mark("acme", "AROA1"))
    made = seen(world, ENTRY)
    assert made is not None
    assert made.mark == Mark("acme", "AROA1")
    wider = AccessEntry(ENTRY.place, ENTRY.principal, groups=frozenset({"humanitec", "readers"}))
    site.update(made, wider, Mark("acme"))
    changed = seen(world, ENTRY)
    assert changed is not None
    assert changed.object == wider
    assert changed.mark == Mark("acme", "AROA1")


@pytest.mark.parametrize("candidate", EVERYTHING[:3], ids=lambda one: one.kind.value)
def test_updating_a_missing_object_is_an_error(world: World, candidate: EstateObject) -> None:
    make(world, [*beneath(candidate), candidate])
    live = seen(world, candidate)
    assert live is not None
    for one in reversed([*beneath(candidate), candidate]):
        observed = seen(world, one)
        assert observed is not None
        world.site(one).delete(observed)
    with pytest.raises(LeastwayError):
        world.site(candidate).update(live, candidate, Mark("globex"))


@pytest.mark.parametrize("candidate", [ROLE, ENTRY], ids=lambda one: one.kind.realm.value)
def test_no_other_access_is_reported_for_created_objects(world: World, candidate: EstateObject) -> None:
    make(world, EVERYTHING)
    site = world.site(candidate)
    wanted = [one for one in EVERYTHING if one.kind.realm is candidate.kind.realm]
    watch = Watch("arn:aws:iam::767398028804:user/x", frozenset({USER.arn, ROLE.arn}), USER.name, NAMES)
    other_access = site.other_access(watch, site.observe(wanted, "acme"))
    assert not other_access.sightings
    assert not other_access.trusting_roles
    assert not other_access.unread
