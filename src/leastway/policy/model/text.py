"""The text of a policy: reading it as JSON without duplicate keys, and errors at the position of a path.

Reading uses the standard parser; positions (`leastway.source`) are computed only when one is needed.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from leastway.errors import InvalidInputError
from leastway.policy.model.error import PolicyError
from leastway.source import Outline, SourceText, decoded, pointer, read_json_tree, repeated_key

if TYPE_CHECKING:
    from leastway.source import KeyPath

__all__ = ["PolicyText", "decoded_policy"]


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The source of a policy: its text, if it was read from text, and the name of its file, if any."""

    text: str | None = None
    name: str | None = None
    first_line: int = 1
    """The number of the text's first line, for a text that is part of a file."""
    objections: list[PolicyError] | None = None
    """Collects what AWS rejects although its meaning is clear; None to raise it as an error."""

    def read(self) -> object:
        """Parse the text. Errors: PolicyError for text that is not valid JSON, and for a key that appears twice."""
        text = self.text or ""
        try:
            value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
            if _is_deep(value):
                raise RecursionError
            return value
        except json.JSONDecodeError as error:
            raise self._at(f"this is not valid JSON: {error.msg.lower()}", (), error.pos, None) from error
        except _DuplicateKeyError:
            raise self._duplicate() from None
        except RecursionError as error:
            raise PolicyError("the value is nested too deeply", line=self.first_line, name=self.name) from error
        except ValueError as error:  # NaN, Infinity, and integers of thousands of digits
            what = "this is not valid JSON: a number is out of range"
            raise PolicyError(what, line=self.first_line, name=self.name) from error

    def _duplicate(self) -> PolicyError:
        found = repeated_key(self.text or "")
        if found is None:
            raise AssertionError("the parser found a duplicate key, but the tree did not")
        path, key = found
        return self._at(f"the key {json.dumps(key.text)} appears twice", path, key.start, "keep one of them")

    def error(self, what: str, path: KeyPath, *, fix: str | None = None, at_key: bool = False) -> PolicyError:
        """Return the error `what` at `path`, at its key rather than its value if `at_key`."""
        found = _outline(self.text).find(path) if self.text is not None else None
        if found is None:
            return PolicyError(what, pointer=pointer(path), name=self.name, fix=fix)
        key, value = found
        return self._at(what, path, key.start if at_key and key else value.start, fix)

    def _at(self, what: str, path: KeyPath, offset: int, fix: str | None) -> PolicyError:
        place = _outline(self.text or "").text.position(offset, offset)
        line = place.line + self.first_line - 1
        return PolicyError(what, pointer=pointer(path), line=line, column=place.column, name=self.name, fix=fix)


@functools.lru_cache(2)
def _outline(text: str) -> Outline:
    return Outline(SourceText(text), read_json_tree)


def decoded_policy(content: str | bytes, name: str | None) -> str:
    """Return the text of a file without a byte order mark. Errors: PolicyError if it is not valid UTF-8."""
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return decoded(content, name)
    except InvalidInputError as error:
        raise PolicyError(error.what, name=name, fix=error.fix) from error


_DEEPEST = 100
"""The most levels; a template has about twenty, and a policy five."""


class _DuplicateKeyError(Exception):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateKeyError
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not valid JSON")


def _is_deep(value: object) -> bool:
    """Whether lists and objects are nested more deeply than in any policy or template."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _parts(each)]
        if not level:
            return False
    return True


def _parts(value: object) -> list[object]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, dict | list)]
