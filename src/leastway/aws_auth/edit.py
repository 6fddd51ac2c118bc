"""Merges one mapping into aws-auth, or removes one, and keeps everything else.

The edit is made in the text, so that comments, order and style of everything else stay as they are. Then it is proved
by reading the result again:
1. refuse if the section, or another one that may name the ARN, is uncertain;
2. cut out every entry of the ARN except the one that is kept, and write the mapping there;
3. read the result: every entry of every other principal is the same, in the same order, and ours is as requested;
4. otherwise refuse, and change nothing.
An ARN that appeared twice, or in both sections, appears once afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Protocol

from leastway.aws_auth.config_map import AwsAuth, Section, parse
from leastway.aws_auth.entry import ARN_KEYS
from leastway.aws_auth.layout import BlockList, Empty, FlowList, TextRange
from leastway.aws_auth.tree import Content
from leastway.errors import LeastwayError

__all__ = ["IdentityMapping", "merge", "remove"]

_BY_HAND = "fix kube-system/aws-auth by hand first: every identity that it maps depends on it"
_PLAIN = re.compile(r"[A-Za-z][\w.:/@+=,-]*[A-Za-z0-9]", re.ASCII)
_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null"})


class IdentityMapping(Protocol):
    """The principal of an entry and its mapping. `section` is `mapRoles` or `mapUsers`; a role's ARN has no path."""

    @property
    def section(self) -> str: ...  # noqa: D102 - see the class
    @property
    def arn(self) -> str: ...  # noqa: D102
    @property
    def username(self) -> str: ...  # noqa: D102
    @property
    def groups(self) -> frozenset[str]: ...  # noqa: D102


def merge(data: Mapping[str, str], mapping: IdentityMapping) -> Mapping[str, str]:
    """Return `data` with `mapping` in it, once; `data` itself if it already has exactly that.

    Raises LeastwayError if the mapping would match nobody, if a section cannot be parsed, or if any other mapping
    would change.
    """
    if re.search(r":role/.*/", mapping.arn):
        raise LeastwayError(
            "a role ARN with a path matches nobody in aws-auth", where=mapping.arn, fix="give the ARN without its path"
        )
    before = _certain(data, mapping.arn, mapping.section)
    found = [(section.name, entry) for section, entry in before.entries_for(mapping.arn)]
    if len(found) == 1 and found[0][0] == mapping.section and found[0][1].says(mapping.username, mapping.groups):
        return data
    after = dict(data)
    for section in before.sections:
        if section.name == mapping.section:
            after[section.name] = _with(section, mapping)
        elif any(name == section.name for name, _ in found):
            _put(after, section.name, _without(section, mapping.arn))
    return _proved(before, after, mapping.arn, mapping)


def remove(data: Mapping[str, str], arn: str) -> Mapping[str, str]:
    """Return `data` without any entry of `arn`; `data` itself if there is none.

    Raises LeastwayError if a section that may hold it cannot be parsed, or if any other mapping would change.
    """
    before = _certain(data, arn, "")
    found = {section.name: section for section, _ in before.entries_for(arn)}
    if not found:
        return data
    after = dict(data)
    for name, section in found.items():
        _put(after, name, _without(section, arn))
    return _proved(before, after, arn, None)


def _certain(data: Mapping[str, str], arn: str, section: str) -> AwsAuth:
    read = parse(data)
    if obstacle := read.obstacle(arn, section):
        raise LeastwayError(f"aws-auth was not edited: {obstacle}", fix=_BY_HAND)
    return read


def _put(data: dict[str, str], name: str, text: str) -> None:
    if text.strip():
        data[name] = text
    else:
        del data[name]


def _with(section: Section, mapping: IdentityMapping) -> str:
    """Return the section's text with the mapping in place of its last entry, or at the end."""
    places = [number for number, entry in enumerate(section.entries or ()) if entry.is_for(mapping.arn)]
    text, layout = section.text, section.layout
    newline = "\r\n" if "\r\n" in text else "\n"
    match layout:
        case Empty(null):
            block = _as_block(mapping, 0, newline)
            return _append(text, block, newline) if null is None else _replace(text, null, f"[{_as_flow(mapping)}]")
        case BlockList(indent, items) if places:
            return _cut(_replace(text, items[places[-1]], _as_block(mapping, indent, newline)), items, places[:-1])
        case BlockList(indent, items):
            end = items[-1].end
            return _append(text[:end], _as_block(mapping, indent, newline), newline) + text[end:]
        case FlowList(_, items) if places:
            return _cut_flow(_replace(text, items[places[-1]], _as_flow(mapping)), items, places[:-1])
        case FlowList(inside, ()):
            return _replace(text, TextRange(inside.start, inside.start), _as_flow(mapping))
        case FlowList(_, items):
            end = items[-1].end
            return f"{text[:end]}, {_as_flow(mapping)}{text[end:]}"


def _without(section: Section, arn: str) -> str:
    places = [number for number, entry in enumerate(section.entries or ()) if entry.is_for(arn)]
    match section.layout:
        case BlockList(_, items):
            return _cut(section.text, items, places)
        case FlowList(inside, items) if len(places) == len(items):
            return _replace(section.text, inside, "")
        case FlowList(_, items):
            return _cut_flow(section.text, items, places)
        case Empty():
            return section.text


def _append(text: str, block: str, newline: str) -> str:
    return text + block if not text or text.endswith("\n") else text + newline + block


def _replace(text: str, span: TextRange, new: str) -> str:
    return text[: span.start] + new + text[span.end :]


def _cut(text: str, items: tuple[TextRange, ...], places: list[int]) -> str:
    for number in reversed(places):
        text = _replace(text, items[number], "")
    return text


def _cut_flow(text: str, items: tuple[TextRange, ...], places: list[int]) -> str:
    """Cut items of a flow list, each with the comma after it; at the end of the list with the comma before it."""
    last_kept = max(number for number in range(len(items)) if number not in places)
    spans = [TextRange(items[number].start, items[number + 1].start) for number in places if number < last_kept]
    if last_kept + 1 < len(items):
        spans.append(TextRange(items[last_kept].end, items[-1].end))
    for span in reversed(spans):
        text = _replace(text, span, "")
    return text


def _proved(before: AwsAuth, data: Mapping[str, str], arn: str, wanted: IdentityMapping | None) -> Mapping[str, str]:
    """Return `data` if its other entries equal those of `before`, and `arn` maps to what is wanted."""
    after = parse(data)
    for old, new in zip(before.sections, after.sections, strict=True):
        unread = old.entries is None and old.text == new.text
        if not unread and (new.entries is None or _others(old, arn) != _others(new, arn)):
            raise LeastwayError(f"aws-auth was not edited: other mappings in {old.name} would change", fix=_BY_HAND)
    ours = [(section.name, entry) for section, entry in after.entries_for(arn)]
    if wanted is None:
        as_asked = not ours
    else:
        as_asked = len(ours) == 1 and ours[0][0] == wanted.section and ours[0][1].says(wanted.username, wanted.groups)
    if not as_asked:
        raise LeastwayError(f"aws-auth was not edited: the entry of {arn} would differ from the request", fix=_BY_HAND)
    return data


def _others(section: Section, arn: str) -> list[Content]:
    return [entry.content for entry in section.entries or () if not entry.is_for(arn)]


def _as_block(mapping: IdentityMapping, indent: int, newline: str) -> str:
    """Return the mapping as lines after a dash that is indented by `indent` spaces."""
    lines = [
        f"- {ARN_KEYS[mapping.section]}: {_scalar(mapping.arn)}",
        f"  username: {_scalar(mapping.username)}",
        *(["  groups:"] if mapping.groups else ["  groups: []"]),
        *(f"    - {_scalar(group)}" for group in sorted(mapping.groups)),
    ]
    return "".join(f"{' ' * indent}{line}{newline}" for line in lines)


def _as_flow(mapping: IdentityMapping) -> str:
    """Return the mapping as JSON."""
    fields = {
        ARN_KEYS[mapping.section]: mapping.arn,
        "username": mapping.username,
        "groups": sorted(mapping.groups),
    }
    for text in (mapping.arn, mapping.username, *mapping.groups):
        _check(text)
    return json.dumps(fields, ensure_ascii=False)


def _scalar(text: str) -> str:
    _check(text)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _check(text: str) -> None:
    if not text.isprintable():
        raise LeastwayError(
            f"{text!r} has characters that aws-auth cannot contain", fix="use printable characters only"
        )
