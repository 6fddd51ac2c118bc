"""The external ids of a role over any history of plans, applies, finishes and kills: no id is lost, no conflict."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.compiler import LiveRole, settle
from leastway.estate import AskedIds, RoleIds, RoleKey, Stage
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE, grant_of

KEY: RoleKey = (ACCOUNT, S3_ROLE.name)
IDS = tuple(f"{letter}{'9f8b4c1de27a40c6b3d57e1f0a9c4b8d'}" for letter in "0123")
STEPS = st.tuples(
    st.sampled_from([None, *IDS]),  # the external id in the grant
    st.booleans(),  # whether it is set on the role or on the account
    st.sampled_from(["plan", "killed before", "killed after", "apply"]),
    st.booleans(),  # --finish
)


@settings(max_examples=400, deadline=None)
@given(
    first=st.lists(st.sampled_from(IDS), unique=True, max_size=3),
    old=st.none() | st.sampled_from(IDS),
    steps=st.lists(STEPS, max_size=12),
)
def test_only_finish_removes_an_external_id_and_no_conflict_arises_without_foreign_changes(
    first: list[str], old: str | None, steps: list[tuple[str | None, bool, str, bool]]
) -> None:
    live = tuple(first)
    stored: dict[RoleKey, RoleIds] = {}
    if old and live in ((), (old,)):  # a store from before roles had their own ids
        stored[ACCOUNT, ""] = RoleIds(old)
    current = old if stored else None
    is_ours = False
    for named, is_for_role, how, finish in steps:
        grant = grant_of(roles=(replace(S3_ROLE, external_id=named if is_for_role else None),))
        grant = replace(grant, accounts=(replace(grant.accounts[0], external_id=None if is_for_role else named),))
        seen = {KEY: LiveRole(AskedIds(live), is_ours)}
        is_several = stored.get(KEY, RoleIds("")).stage is Stage.SEVERAL or (KEY not in stored and len(live) > 1)
        found = settle(grant, stored, seen, {ACCOUNT: "f" * 64}, finish=finish and not (is_several and not named))
        assert not found.conflicts
        ids = found.ids.of(*KEY)
        assert named in (None, ids.current)
        if ids.stage is Stage.FINISHING:
            assert ids.current in live, "finishing keeps an installed id"
            assert finish or stored[KEY].stage is Stage.FINISHING
        else:
            assert set(live) <= set(ids.accepted), "an id is lost"
        stored |= found.to_keep()
        if how == "plan":
            continue
        if set(ids.accepted) != set(live):  # the apply writes the role
            stored[KEY] = ids
            if how != "killed before":
                live, is_ours, current = ids.accepted, True, ids.current
                if how == "apply" and ids.stage is Stage.FINISHING:
                    stored[KEY] = RoleIds(ids.current)
        again = settle(grant, stored, {KEY: LiveRole(AskedIds(live), is_ours)}, {ACCOUNT: "e" * 64})
        assert not again.conflicts
        if how in ("apply", "killed after"):
            assert set(again.ids.of(*KEY).accepted) == set(live), "after an apply there is nothing to do"
    assert current is None or current in live or not live
