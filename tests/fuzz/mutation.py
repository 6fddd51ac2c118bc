"""Fuzz inputs: valid documents with random changes in their text or structure, and random documents.

Everything is derived from a seed, so that a failure can be reproduced by its number.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import yaml

__all__ = ["Inputs"]

WORDS = (
    *("", " ", "*", "?", "a" * 3000, "null", "~", "true", "no", "0", "-1", "007", "1e999", "9" * 400, "NaN", "0x1F"),
    *(
        "\x00",
        "\x1b[31m",
        "\ud800",
        "\u202e",
        "\u2028",
        "\u200b",
        "\x85",
        "\r",
        "\n",
        "\t",
        "é",
        "\U0001f600",
        "\ufeff",
    ),
    *("arn:", "arn:aws:iam::111122223333:role/x", "arn:aws:s3:::*", "${aws:username}", "${", "${a", "$", "{{ x }}"),
    *("<<x>>", "&a", "*a", "!Ref x", "!!binary x", "%YAML 1.1", "---", "...", "? x", "- ", ": ", "#", "\\", "'", '"'),
    *("2012-10-17", "2026-99-99", "::1/0", "0.0.0.0/0", "300.1.1.1", "Allow", "Deny", "system:masters", "..", "/"),
    *("s3:*", "iam:PassRole", ":", "a:b:c", "AWS::IAM::Role", "Fn::Sub", "Ref", "http://x:y@[::", "file:///dev/zero"),
)
SCALARS: tuple[object, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**40,
    float("inf"),
    float("nan"),
    [],
    {},
    [[]],
    [{}],
    "",
)


class Inputs:
    """The inputs of one reader, derived from its `samples`."""

    def __init__(self, samples: Sequence[bytes]) -> None:
        self._samples = [sample for sample in samples if sample]
        self._trees = [tree for sample in self._samples if (tree := _tree(sample)) is not None]
        self._keys = sorted({key for tree in self._trees for key in _keys(tree)}) or ["a", "b"]

    def make(self, seed: str) -> bytes:
        """Return the input for a seed."""
        chance = random.Random(seed)
        try:
            return self._make(chance)[: 1 << 17]
        except RecursionError:  # too deep for this process to serialize
            return self._edited(chance.choice(self._samples), chance)

    def _make(self, chance: random.Random) -> bytes:
        if self._trees and chance.random() < 0.6:
            tree = json.loads(json.dumps(chance.choice(self._trees)))
            if chance.random() < 0.1:
                tree = self._value(chance, 5)
            for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
                tree = self._changed(tree, chance)
            text = json.dumps(tree, ensure_ascii=chance.random() < 0.7, indent=chance.choice((None, 1)))
            return text.encode("utf-8", "surrogatepass")
        data = chance.choice(self._samples)
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            data = self._edited(data, chance)
        return data

    def _edited(self, data: bytes, chance: random.Random) -> bytes:
        """Return the text with a random change."""
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 1, 2, 8, 40, 400)))
        other = chance.choice(self._samples)
        edits: tuple[Callable[[], bytes], ...] = (
            lambda: data[:at] + data[end:],
            lambda: data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :],
            lambda: data[:at] + _encoded(chance.choice(WORDS)) + data[at:],
            lambda: data[:at] + _encoded(chance.choice(WORDS)) + data[end:],
            lambda: data[:at] + data[at:end] * chance.choice((2, 3, 50)) + data[end:],
            lambda: (
                data[:at]
                + chance.choice((b"[", b"{", b"{a: ", b"(", b'{"a":', b"- ")) * chance.choice((1, 30, 3000))
                + data[at:]
            ),
            lambda: data[:at],
            lambda: data[at:],
            lambda: data[:at] + other[chance.randrange(len(other)) :],
            lambda: _lines_swapped(data, chance),
        )
        return chance.choice(edits)() or b" "

    def _changed(self, tree: Any, chance: random.Random) -> Any:
        """Return the tree with one value changed."""
        places = list(_places(tree))
        if not places:
            return self._value(chance, 3)
        holder, key = chance.choice(places)
        old = holder[key]
        match chance.randrange(9):
            case 0:
                del holder[key]
            case 1:
                holder[key] = [old]
            case 2:
                holder[key] = {chance.choice(self._keys): old}
            case 3 if isinstance(holder, dict):
                holder[chance.choice(self._keys)] = holder.pop(key)
            case 4:
                holder[key] = _deep(old, chance.choice((3, 30, 120, 300)), chance)
            case 5:
                there, other = chance.choice(places)
                holder[key] = (
                    json.loads(json.dumps(there[other])) if _size(tree) < 2000 and other in _within(there) else 0
                )
            case 6 if isinstance(holder, list):
                holder.extend(copy.deepcopy(old) for _ in range(chance.choice((1, 2, 30))))
            case 7 if isinstance(holder, dict):
                holder[chance.choice(self._keys)] = self._value(chance, 3)
            case _:
                holder[key] = self._value(chance, 3)
        return tree

    def _value(self, chance: random.Random, depth: int) -> Any:
        """Return a random value."""
        match chance.randrange(6 if depth else 4):
            case 0 | 1:
                return chance.choice(WORDS)
            case 2:
                return copy.deepcopy(chance.choice(SCALARS)) if depth else None
            case 3:
                return chance.choice(WORDS) + chance.choice(WORDS)
            case 4:
                return [self._value(chance, depth - 1) for _ in range(chance.randrange(4))]
            case _:
                return {chance.choice(self._keys): self._value(chance, depth - 1) for _ in range(chance.randrange(5))}


def _tree(sample: bytes) -> Any:
    """Return a sample's structure with JSON scalars only, or None if it has no structure."""
    try:
        return json.loads(sample)
    except (ValueError, RecursionError):
        pass
    try:
        tree = yaml.load(sample.decode(), yaml.BaseLoader)
    except (ValueError, yaml.YAMLError):
        return None
    return tree if isinstance(tree, dict | list) else None


def _keys(tree: Any) -> set[str]:
    if isinstance(tree, dict):
        return {str(key) for key in tree}.union(*(_keys(value) for value in tree.values()))
    return set().union(*map(_keys, tree)) if isinstance(tree, list) else set()


def _places(tree: Any) -> Any:
    pending = [tree]
    while pending:
        holder = pending.pop()
        for key in _within(holder):
            yield holder, key
            pending.append(holder[key])


def _within(holder: Any) -> list[Any]:
    if isinstance(holder, dict):
        return list(holder)
    return list(range(len(holder))) if isinstance(holder, list) else []


def _size(tree: Any) -> int:
    return sum(1 for _ in _places(tree))


def _deep(value: Any, levels: int, chance: random.Random) -> Any:
    for _ in range(levels):
        value = [value] if chance.random() < 0.5 else {"a": value}
    return value


def _lines_swapped(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def _encoded(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")
