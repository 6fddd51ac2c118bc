"""A Terraform state as text: its lineage and serial, the values that must not be shown, and a serial of its own.

Terraform's state has the format version 4; OpenTofu can encrypt it, and then writes lineage and serial beside the
encrypted data. Source: `internal/states/statefile/version4.go` of both programs, `internal/encryption` of OpenTofu.
Nothing here judges whether a state may replace another one.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.primitives import check_pairs
from leastway.terraform.foreign import fields_of, items_of, objects_in, texts_in
from leastway.terraform.plan import Output

__all__ = ["StateDocument", "outputs_in_state", "read_state", "sensitive_in_state", "with_lineage", "with_serial"]

_FORMAT = 4
_LARGEST_SERIAL = 2**63 - 1
_LONGEST_LINEAGE = 128
_NAMES: Final = ("version", "serial", "lineage", "outputs", "resources", "encrypted_data")
_MOST_TRIED = 32
_SERIAL = re.compile(rb'"serial"(\s*):(\s*)\d+')
_NO_LINEAGE = re.compile(rb'"lineage"\s*:\s*""')
_FIX = "let terraform or tofu write it"


@dataclass(frozen=True, slots=True)
class StateDocument:
    """What a state says about itself; `content` is the whole document, parsed."""

    lineage: str
    serial: int
    is_encrypted: bool
    content: Mapping[str, Any]


def read_state(text: bytes) -> StateDocument:
    """Return what a state says about itself.

    Terraform's reader takes the last of two equal members and ignores case; a state in which that matters is refused.
    Errors: InvalidInputError, without any value of the state.
    """
    content = _content(text)
    is_encrypted = "encrypted_data" in content
    if not is_encrypted and content.get("version") != _FORMAT:
        raise _refused(f"its format is not version {_FORMAT}")
    lineage, serial = content.get("lineage"), content.get("serial")
    if not isinstance(lineage, str) or not 0 < len(lineage) <= _LONGEST_LINEAGE or not lineage.isprintable():
        raise _refused("it has no valid lineage")
    if not isinstance(serial, int) or isinstance(serial, bool) or not 0 <= serial <= _LARGEST_SERIAL:
        raise _refused("it has no valid serial")
    return StateDocument(lineage, serial, is_encrypted, content)


def with_serial(text: bytes, serial: int) -> bytes:
    """Return a state with another serial, and every other byte as it was; an encrypted one stays as it is.

    OpenTofu compares the serial beside the encrypted data with the one in it. Errors: InvalidInputError.
    """
    document = read_state(text)
    if document.is_encrypted:
        return text
    wanted = {**document.content, "serial": serial}
    for found in islice(_SERIAL.finditer(text), _MOST_TRIED):
        changed = b"%s%s%s" % (
            text[: found.start()],
            b'"serial"%s:%s%d' % (found[1], found[2], serial),
            text[found.end() :],
        )
        if _content(changed) == wanted:
            return changed
    raise _refused("its serial cannot be changed")


def with_lineage(text: bytes) -> bytes:
    """Return a state that has no lineage with one, which is always the same for the same text; others stay as they are.

    Terraform gives a first state its lineage once it has asked for the one before, and without an answer leaves a file
    with an empty one. Source: `PersistState` in `internal/states/remote/state.go` of both programs.
    """
    try:
        content = _content(text)
    except InvalidInputError:
        return text
    if content.get("lineage") != "" or "encrypted_data" in content:
        return text
    made = str(uuid.UUID(bytes=hashlib.sha256(text).digest()[:16], version=4))
    wanted = {**content, "lineage": made}
    for found in islice(_NO_LINEAGE.finditer(text), _MOST_TRIED):
        changed = text[: found.end() - 1] + made.encode() + text[found.end() - 1 :]
        if _content(changed) == wanted:
            return changed
    return text


def outputs_in_state(document: StateDocument) -> tuple[Output, ...]:
    """Return the outputs of a state that is not encrypted, by name: what `output -json` prints of it.

    A state leaves out `sensitive` where it is false. Errors: InvalidInputError, without any value.
    """
    found = []
    for name, output in sorted(fields_of(document.content.get("outputs")).items()):
        if not isinstance(output, dict) or "value" not in output:
            raise _refused("an output has no value")
        found.append(Output(name, output["value"], output.get("sensitive", False) is not False))
    return tuple(found)


def sensitive_in_state(document: StateDocument) -> Iterator[str]:
    """Yield each value that the state marks as sensitive: of outputs, and of attributes of resources.

    Lists and objects are yielded by their values. Where a path in the state cannot be followed, everything of that
    instance counts as sensitive.
    """
    for output in objects_in(list(fields_of(document.content.get("outputs")).values())):
        if output.get("sensitive"):
            yield from texts_in(output.get("value"))
    for resource in objects_in(document.content.get("resources")):
        for instance in objects_in(resource.get("instances")):
            attributes = instance.get("attributes")
            for path in items_of(instance.get("sensitive_attributes")):
                yield from texts_in(_at(attributes, path))


def _at(value: object, path: object) -> object:
    """Return what a path of `sensitive_attributes` leads to, or where it can no longer be followed."""
    for step in items_of(path):
        key = fields_of(step).get("value")
        if isinstance(key, dict):  # an index: {"type": "index", "value": {"value": 0, "type": "number"}}
            key = key.get("value")
        match value, key:
            case dict(), str() if key in value:
                value = value[key]
            case list(), int() if 0 <= key < len(value):
                value = value[key]
            case _:
                return value
    return value


def _content(text: bytes) -> dict[str, Any]:
    last: list[tuple[str, Any]] = []

    def of_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal last
        last = pairs  # the outermost object is the last to be complete
        return dict(pairs)

    try:
        content = json.loads(text.decode(), object_pairs_hook=of_object, parse_constant=_not_json)
        check_pairs(text, content)
    except (ValueError, RecursionError):
        raise _refused("it is not valid JSON") from None
    if not isinstance(content, dict):
        raise _refused("it is not a JSON object")
    lower = [name.lower() for name, _ in last]
    for name in _NAMES:
        if lower.count(name) > 1 or (name in lower and name not in content):
            raise _refused(f"it names {name} twice, or in another case")
    return content


def _not_json(word: str) -> object:
    raise ValueError(f"{word} is not JSON")


def _refused(what: str) -> InvalidInputError:
    return InvalidInputError(what, where="Terraform state", fix=_FIX)
