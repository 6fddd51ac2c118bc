"""What a person should know of the roles' external ids: what changes, what is open, and how it ends."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from leastway.compiler.external_ids.state import RoleState, Settled
from leastway.estate import Note, RoleIds, RoleKey, Stage
from leastway.grant import weak_spot

__all__ = ["external_id_notes"]

_TELL = "the platform must be told"


def external_id_notes(settled: Settled, *, owned: Collection[RoleKey] = ()) -> tuple[Note, ...]:
    """Return the remarks, role by role; `owned` are those roles that another tool changes."""
    return tuple(
        Note(f"{key[0]}/role/{key[1]}", text)
        for key, state in settled.states.items()
        if key[1]
        for text in _of(state, is_owned=key in owned)
    )


def _of(state: RoleState, *, is_owned: bool) -> Iterator[str]:
    if state.conflict is not None:
        yield state.conflict.text
        return
    ids, seen = state.ids, state.live.ids if state.live else ()
    others = " and ".join(ids.others)
    if state.live is not None and state.live.unclear and ids.told not in seen:
        yield f"it asks for the external id with {state.live.unclear}: apply lets in {ids.told} alone; {_TELL} before"
    match ids.stage:
        case Stage.SETTLED if state.stored is not None and state.stored.told != ids.told and ids.told not in seen:
            yield f"its external id changes from {state.stored.told} to {ids.told}: {_TELL}"
        case Stage.CHANGING if ids.told in seen:
            yield (
                f"a change of its external id is open: it accepts {ids.told} and, until it is ended, {others};"
                f" {_TELL} {ids.told}, then `leastway apply --finish` ends it"
            )
        case Stage.CHANGING:
            how = "What `leastway export` writes" if is_owned else "Apply"
            yield (
                f"its external id changes from {others} to {ids.told}: {_TELL}. {how} lets in both, and"
                " `leastway apply --finish` ends the change once the platform presents the new one"
            )
        case Stage.FINISHING:
            until = " once what `leastway export` writes is deployed" if is_owned else ""
            yield f"the change of its external id ends: {ids.told} stays, and {others} is not accepted any more{until}"
        case Stage.SEVERAL:
            yield (
                f"it accepts several external ids, {ids.told} and {others}, and keeps them: name the one that stays as"
                " `external_id` of the role or of its account in the grant, apply, then `leastway apply --finish`"
            )
    yield from _weak(ids, seen)


def _weak(ids: RoleIds, seen: tuple[str, ...]) -> Iterator[str]:
    for one in ids.accepted:
        if one in seen and (why := weak_spot(one)):
            yield f"the external id {one}, which it had already, is kept: {why}"
