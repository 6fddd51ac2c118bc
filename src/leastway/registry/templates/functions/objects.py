"""Functions of objects. Source: sprig, "Dictionaries". What sprig gives in no order is sorted here."""

from __future__ import annotations

from typing import Any, Final

from leastway.registry.templates.functions.function import Function, also_hidden, functions, mapping, opened, text
from leastway.registry.templates.values import MISSING, FailedError, WorkBudget, truth

__all__ = ["OBJECTS"]


def _dict(budget: WorkBudget, *pairs: Any) -> dict[str, Any]:
    if len(pairs) % 2:
        raise FailedError("it needs a value for each name")
    budget.spend(len(pairs))
    values = [None if one is MISSING else one for one in pairs[1::2]]
    return {_name(name): value for name, value in zip(pairs[::2], values, strict=True)}


def _name(value: Any) -> str:
    found, is_secret = opened(value)
    if is_secret:
        raise FailedError("the name of a member cannot be a secret")
    return text(found)


def _get(budget: WorkBudget, value: Any, name: Any) -> Any:
    found, is_secret = opened(name)
    return also_hidden(mapping(value).get(text(found), ""), is_secret)


def _set(_budget: WorkBudget, value: Any, name: Any, member: Any) -> dict[str, Any]:
    found = mapping(value)
    found[_name(name)] = None if member is MISSING else member
    return found


def _unset(_budget: WorkBudget, value: Any, name: Any) -> dict[str, Any]:
    found = mapping(value)
    found.pop(_name(name), None)
    return found


def _has_key(budget: WorkBudget, value: Any, name: Any) -> Any:
    found, is_secret = opened(name)
    return also_hidden(text(found) in mapping(value), is_secret)


def _pick(budget: WorkBudget, value: Any, *names: Any) -> dict[str, Any]:
    found = mapping(value)
    budget.spend(len(names))
    return {name: found[name] for name in map(_name, names) if name in found}


def _omit(budget: WorkBudget, value: Any, *names: Any) -> dict[str, Any]:
    without = set(map(_name, names))
    budget.spend(len(mapping(value)))
    return {name: member for name, member in mapping(value).items() if name not in without}


def _keys(budget: WorkBudget, *values: Any) -> list[str]:
    budget.spend(sum(len(mapping(one)) for one in values))
    return sorted(name for one in values for name in one)


def _values(budget: WorkBudget, value: Any) -> list[Any]:
    budget.spend(len(mapping(value)))
    return [value[name] for name in sorted(value)]


def _pluck(budget: WorkBudget, name: Any, *values: Any) -> list[Any]:
    budget.spend(len(values))
    found = _name(name)
    return [one[found] for one in map(mapping, values) if found in one]


def _dig(budget: WorkBudget, *arguments: Any) -> Any:
    *names, fallback, value = arguments
    is_secret = False
    steps = [(text(found), is_hidden) for found, is_hidden in map(opened, names)]
    for found, is_hidden in steps:
        is_secret = is_secret or is_hidden
        if found not in mapping(value):
            return also_hidden(fallback, is_secret)
        value = value[found]
    return also_hidden(value, is_secret)


def _merge(budget: WorkBudget, target: Any, *sources: Any) -> dict[str, Any]:
    for source in sources:
        _merged(budget, mapping(target), mapping(source), overwrites=False)
    return mapping(target)


def _merge_overwrite(budget: WorkBudget, target: Any, *sources: Any) -> dict[str, Any]:
    for source in sources:
        _merged(budget, mapping(target), mapping(source), overwrites=True)
    return mapping(target)


def _merged(
    budget: WorkBudget, target: dict[str, Any], source: dict[str, Any], *, overwrites: bool, depth: int = 0
) -> None:
    """Merge as sprig does, by mergo: what is empty overwrites too, and nil does not add a member otherwise."""
    if depth > 50:
        raise FailedError("a value is nested too deeply")
    for name, member in list(source.items()):
        budget.spend()
        before = target.get(name)
        is_kept = truth(before) and not overwrites
        if isinstance(before, dict) and isinstance(member, dict):
            _merged(budget, before, member, overwrites=overwrites, depth=depth + 1)
            if not before:
                target[name] = member
        elif overwrites:
            target[name] = member
        elif opened(member) == (None, True) and name not in target:
            raise FailedError("a secret cannot decide whether an object has a member")
        elif member is not None and not is_kept:
            is_nil = opened(member)[0] is None
            target[name] = also_hidden(opened(before)[0], True) if is_nil else also_hidden(member, opened(before)[1])


OBJECTS: Final[dict[str, Function]] = functions(
    {
        "dict": (_dict, 0, None),
        "dig": (_dig, 3, None),
        "get": (_get, 2, 2),
        "hasKey": (_has_key, 2, 2),
        "keys": (_keys, 1, None),
        "merge": (_merge, 1, None),
        "mergeOverwrite": (_merge_overwrite, 1, None),
        "omit": (_omit, 1, None),
        "pick": (_pick, 1, None),
        "pluck": (_pluck, 1, None),
        "set": (_set, 3, 3),
        "unset": (_unset, 2, 2),
        "values": (_values, 1, 1),
    },
    keeps=True,
)
