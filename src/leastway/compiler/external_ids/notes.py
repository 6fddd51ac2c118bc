"""Notes on the external ids of roles: what changes, what is still open, and how to finish it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from leastway.compiler.external_ids.state import RoleState, Settled
from leastway.estate import Note, RoleIds, RoleKey, Stage
from leastway.grant import weak_spot

__all__ = ["external_id_notes"]


def external_id_notes(settled: Settled, *, owned: Collection[RoleKey] = ()) -> tuple[Note, ...]:
    """Return the notes, role by role; `owned` are the roles that another tool manages.

    Ids that the platform composes are never random, which another note says once.
    """
    return tuple(
        Note(f"{key[0]}/role/{key[1]}", text)
        for key, state in settled.states.items()
        if key[1]
        for text in _of(state, is_owned=key in owned, are_composed=settled.are_composed)
    )


def _of(state: RoleState, *, is_owned: bool, are_composed: bool) -> Iterator[str]:
    if state.conflict is not None:
        yield state.conflict.text
        return
    ids, seen = state.ids, state.live.ids if state.live else ()
    others = " and ".join(ids.others)
    if state.live is not None and state.live.unclear and ids.current not in seen:
        yield (
            f"it requires the external id with {state.live.unclear}, and after apply it accepts only {ids.current}:"
            " make the platform use that one first"
        )
    old = state.stored
    match ids.stage:
        case Stage.SETTLED if old is not None and old.current != ids.current and ids.current not in seen:
            yield f"its external id changes from {old.current} to {ids.current}: make the platform use the new one"
        case Stage.CHANGING if ids.current in seen:
            yield (
                f"a change of its external id is not finished: it accepts {ids.current} and, until then, {others};"
                f" make the platform use {ids.current}, then run `leastway apply --finish`"
            )
        case Stage.CHANGING:
            when = "once the output of `leastway export` is deployed" if is_owned else "after apply"
            yield (
                f"its external id changes from {others} to {ids.current}: {when}, both are accepted;"
                " make the platform use the new one, then run `leastway apply --finish`"
            )
        case Stage.FINISHING:
            until = " once the output of `leastway export` is deployed" if is_owned else ""
            yield f"finishing the change of its external id: {ids.current} stays, {others} is no longer accepted{until}"
        case Stage.SEVERAL:
            yield (
                f"it accepts several external ids, {ids.current} and {others}, and keeps them: to keep one, name it as"
                " `external_id` of the role or of its account in the grant, apply, then run `leastway apply --finish`"
            )
    if not are_composed:
        yield from _weak(ids, seen)


def _weak(ids: RoleIds, seen: tuple[str, ...]) -> Iterator[str]:
    for one in ids.accepted:
        if one in seen and (why := weak_spot(one)):
            yield f"it keeps the external id {one}, which it already had: {why}"
