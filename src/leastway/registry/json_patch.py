"""JSON Patch as deployment deltas use it: `add`, `remove` and `replace`, and a removal from the delta alone.

- A path is a JSON pointer (RFC 6901) below the value that is changed, never the value itself.
- `add`, `remove` and `replace` mean what RFC 6902 says: a parent must exist, and so must what is removed or replaced.
- `remove` with the value `{"scope": "delta"}` takes back what earlier steps of the delta say about a path, and does
  nothing to a deployment set.

Steps are simplified where that is certain to change nothing. A number in a path can be the index of a list, and other
steps move what is there, so steps with numbers are kept as they are. Source: Humanitec's API, `UpdateActionRequest` and
the description of the operation that updates a delta.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from leastway.errors import InvalidInputError

__all__ = ["PatchAction", "PatchStep", "difference", "patched", "read_steps", "simplified"]

_APPEND: Final = "-"
_LONGEST_PATH: Final = 1000
_DEEPEST_PATH: Final = 100


class PatchAction(enum.Enum):
    """What a step does."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class PatchStep:
    """One step. `path` are the unescaped words of its pointer; `in_delta_only` is true for `{"scope": "delta"}`."""

    action: PatchAction
    path: tuple[str, ...]
    value: Any = None
    in_delta_only: bool = False

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer."""
        return "".join("/" + word.replace("~", "~0").replace("/", "~1") for word in self.path)

    def as_json(self) -> dict[str, Any]:
        """Return the step in the form of the API."""
        step: dict[str, Any] = {"op": self.action.value, "path": self.pointer}
        if self.action is not PatchAction.REMOVE:
            step["value"] = self.value
        elif self.in_delta_only:
            step["value"] = {"scope": "delta"}
        return step


def read_steps(value: Any, where: str) -> tuple[PatchStep, ...]:
    """Return the steps of a list in the form of the API. Errors: InvalidInputError whose `where` is the member."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InvalidInputError("it is not a list", where=where, fix="write a list of {op, path, value}")
    return tuple(_step(one, f"{where}[{number}]") for number, one in enumerate(value))


def patched(value: Any, steps: Iterable[PatchStep], where: str) -> Any:
    """Return `value` with the steps applied; `value` itself is not changed. A removal from the delta alone always fits.

    Errors: InvalidInputError at `where`, with the path of the step that does not fit.
    """
    for step in steps:
        try:
            value = _applied(value, step, step.path, where)
        except InvalidInputError:
            if not step.in_delta_only:
                raise
    return value


def difference(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[PatchStep]:
    """Yield the steps that turn `before` into `after`; both are objects. A list that differs is replaced as a whole."""
    for name in sorted(before.keys() - after.keys()):
        yield PatchStep(PatchAction.REMOVE, (*path, name))
    for name in sorted(after):
        if name not in before:
            yield PatchStep(PatchAction.ADD, (*path, name), after[name])
        elif isinstance(before[name], Mapping) and isinstance(after[name], Mapping):
            yield from difference(before[name], after[name], (*path, name))
        elif not _same(before[name], after[name]):
            yield PatchStep(PatchAction.REPLACE, (*path, name), after[name])


def simplified(steps: Iterable[PatchStep], where: str, *, earlier: tuple[PatchStep, ...] = ()) -> tuple[PatchStep, ...]:
    """Return fewer steps with the same effect, without those of the delta alone.

    `earlier` steps were simplified before, and come first. Each step is compared with those that are kept: the time is
    that of both numbers multiplied. Errors: InvalidInputError at `where` for a step that does not fit a value which an
    earlier one adds.
    """
    kept = list(earlier)
    for step in steps:
        near = [place for place, one in enumerate(kept) if _begin_together(one.path, step.path)]
        holder = _last_above(kept, near, step.path)
        if holder is not None:
            kept[holder] = _folded(kept[holder], step, where)
        elif step.in_delta_only:
            kept = [one for one in kept if not _is_at_or_below(one.path, step.path)]
        elif _has_number(step.path) or any(
            _has_number(one.path) and _touch(one.path, step.path) for one in (kept[place] for place in near)
        ):
            kept.append(step)
        else:
            kept = _superseded(kept, step)
    return tuple(kept)


def _step(value: Any, where: str) -> PatchStep:
    if not isinstance(value, Mapping):
        raise InvalidInputError("it is not an object", where=where, fix="write {op, path, value}")
    try:
        action = PatchAction(value.get("op"))
    except ValueError:
        known = ", ".join(one.value for one in PatchAction)
        raise InvalidInputError("the operation is not known", where=f"{where}.op", fix=f"use {known}") from None
    path = _words(value.get("path"), f"{where}.path")
    if action is PatchAction.REMOVE:
        return PatchStep(action, path, in_delta_only=value.get("value") == {"scope": "delta"})
    if "value" not in value:
        raise InvalidInputError("it is missing", where=f"{where}.value", fix=f"{action.value} needs a value")
    return PatchStep(action, path, value["value"])


def _words(pointer: Any, where: str) -> tuple[str, ...]:
    if not isinstance(pointer, str) or not pointer.startswith("/") or len(pointer) > _LONGEST_PATH:
        fix = "write a JSON pointer such as /spec/containers/web/image"
        raise InvalidInputError("it is not a path below the value", where=where, fix=fix)
    words = pointer[1:].split("/")
    if len(words) > _DEEPEST_PATH:
        fix = "write a value with what is below, at a shorter path"
        raise InvalidInputError(f"it has more than {_DEEPEST_PATH} words", where=where, fix=fix)
    return tuple(word.replace("~1", "/").replace("~0", "~") for word in words)


def _applied(value: Any, step: PatchStep, rest: tuple[str, ...], where: str) -> Any:
    word, *below = rest
    if isinstance(value, Mapping):
        changed = dict(value)
        if below:
            if word not in changed:
                raise _does_not_fit(step, where)
            changed[word] = _applied(changed[word], step, tuple(below), where)
        elif step.action is PatchAction.ADD:
            changed[word] = step.value
        elif word not in changed:
            raise _does_not_fit(step, where)
        elif step.action is PatchAction.REPLACE:
            changed[word] = step.value
        else:
            del changed[word]
        return changed
    if isinstance(value, list):
        return _list_applied(value, step, rest, where)
    raise _does_not_fit(step, where)


def _list_applied(value: list[Any], step: PatchStep, rest: tuple[str, ...], where: str) -> list[Any]:
    word, *below = rest
    is_added = not below and step.action is PatchAction.ADD
    if is_added and word == _APPEND:
        return [*value, step.value]
    place = _index(word)
    if place is None or place >= len(value) + is_added:
        raise _does_not_fit(step, where)
    if is_added:
        return [*value[:place], step.value, *value[place:]]
    if below:
        return [*value[:place], _applied(value[place], step, tuple(below), where), *value[place + 1 :]]
    kept = [step.value] if step.action is PatchAction.REPLACE else []
    return [*value[:place], *kept, *value[place + 1 :]]


def _index(word: str) -> int | None:
    """Return the index of a list that a word is (RFC 6901, section 4: no leading zeros), or None."""
    is_number = word.isascii() and word.isdigit() and len(word) < 10 and (word == "0" or word[0] != "0")
    return int(word) if is_number else None


def _does_not_fit(step: PatchStep, where: str) -> InvalidInputError:
    return InvalidInputError(
        f"{step.action.value} {step.pointer} does not fit: the path, or its parent, does not exist",
        where=where,
        fix="read what is there, then send steps that fit it",
    )


def _begin_together(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether one path may contain the other, or both may be in one list: quickly, by their first words."""
    return one[0] == other[0] or _is_number(one[0]) or _is_number(other[0])


def _last_above(kept: list[PatchStep], near: list[int], path: tuple[str, ...]) -> int | None:
    """Return the last step that gives a value which contains `path`, unless a later one may have moved it.

    `near` are the places of the steps that can have to do with it.
    """
    for place in reversed(near):
        one = kept[place]
        if one.action is PatchAction.REMOVE and _is_at_or_below(path, one.path):
            return None
        if len(one.path) < len(path) and _is_at_or_below(path, one.path):
            return None if _has_number(one.path) else place
        if _has_number(one.path) and _touch(one.path, path):
            return None
    return None


def _folded(holder: PatchStep, step: PatchStep, where: str) -> PatchStep:
    """Return the step that gives a value, with another step applied to that value."""
    below = replace(step, path=step.path[len(holder.path) :])
    return replace(holder, value=patched(holder.value, [below], where))


def _superseded(kept: list[PatchStep], step: PatchStep) -> list[PatchStep]:
    """Return the steps with `step` in place of what it makes useless: earlier steps at its path and below.

    A removal keeps the step that adds what it removes, because the path may not exist without it.
    """
    added = [one for one in kept if one.path == step.path and one.action is PatchAction.ADD]
    rest = [one for one in kept if not _is_at_or_below(one.path, step.path)]
    if not added or step.action is PatchAction.ADD:
        return [*rest, step]
    return (
        [*rest, replace(step, action=PatchAction.ADD)] if step.action is PatchAction.REPLACE else [*rest, *added, step]
    )


def _is_at_or_below(path: tuple[str, ...], above: tuple[str, ...]) -> bool:
    return path[: len(above)] == above


def _touch(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether one path contains the other, or both are in one list."""
    shared = min(len(one), len(other))
    same = next((place for place in range(shared) if one[place] != other[place]), shared)
    return same == shared or _is_number(one[same]) or _is_number(other[same])


@lru_cache(maxsize=4096)
def _has_number(path: tuple[str, ...]) -> bool:
    return any(map(_is_number, path))


def _is_number(word: str) -> bool:
    return word == _APPEND or _index(word) is not None


def _same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal; true is not 1, and 1.0 is 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
