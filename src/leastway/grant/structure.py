"""Validation of a tree against its document class: pydantic's findings as problems, with messages of our own.

Used for every YAML document that leastway reads: grants, platform profiles, resource definitions and RBAC rules.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError

from leastway.grant.source import Tree, quote
from leastway.source import MapNode, Node, ScalarNode, SequenceNode, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem

__all__ = ["WORDED", "read_document"]

Document = TypeVar("Document", bound=BaseModel)
Location = tuple[int | str, ...]

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_type": "a mapping",
    "dict_type": "a mapping",
}
_OF_A_KEY = "[key]"
"""The last element of pydantic's location for a finding about a key of a mapping."""

WORDED = frozenset(
    {
        *_KINDS,
        *("missing", "extra_forbidden", "literal_error", "too_short", "string_too_short", "too_long"),
        *("string_too_long", "greater_than_equal", "less_than_equal"),
    }
)
"""The types of pydantic's own findings that have a message here; our own findings bring their messages."""


def read_document(tree: Tree, document: type[Document]) -> tuple[Document | None, list[Problem]]:
    """Validate `tree` as `document`; the document is None with any problem."""
    try:
        return document.model_validate(plain(tree.root)), []
    except ValidationError as error:
        found = [cast(dict[str, Any], finding) for finding in error.errors(include_url=False, include_input=False)]
        misspelled = {_intended(document, finding["loc"]) for finding in found if finding["type"] == "extra_forbidden"}
        reported = [finding for finding in found if finding["type"] != "missing" or finding["loc"] not in misspelled]
        return None, [_problem(tree, document, finding) for finding in reported]


def _intended(document: type[BaseModel], location: Location) -> Location:
    """Return the location of the field that was probably meant; it is misspelled rather than missing."""
    *around, name = location
    return (*around, _closest(str(name), _fields(document, location[:-1])) or "")


def _problem(tree: Tree, document: type[BaseModel], finding: dict[str, Any]) -> Problem:
    location: Location = finding["loc"]
    context = finding.get("ctx", {})
    node, key = _find(tree.root, location)
    if location[-1:] == (_OF_A_KEY,) and key is not None:
        location, node = location[:-1], key
    name = f"`{_name(location)}`" if location else "the document"
    match finding["type"]:
        case "missing":
            message = f"{name} is missing"
            return tree.problem("missing-field", _first_key(node), message, f"add {name}")
        case "extra_forbidden":
            known = _fields(document, location[:-1])
            return tree.problem(
                "unknown-field",
                key or node,
                f"unknown field {quote(_name(location))}",
                _did_you_mean(_name(location), known),
            )
        case "literal_error":
            return _unknown_value(tree, node, _name(location), context["expected"])
        case kind if kind in _KINDS:
            return _wrong_type(tree, node, name, _KINDS[kind], _meaning(document, location))
        case "too_short" | "string_too_short":
            fix = f"give a value for {name}, or remove the entry that it belongs to"
            return tree.problem("empty", node, f"{name} is empty", fix)
        case "too_long":
            message = f"{name} has more than {context['max_length']} elements"
            return tree.problem("too-many", node, message, "combine several of them into one")
        case "string_too_long":
            message = f"this has more than {context['max_length']:,} characters"
            return tree.problem("too-long", node, message, "shorten it")
        case "greater_than_equal" | "less_than_equal":
            limit, words = (context["ge"], "at least") if "ge" in context else (context["le"], "at most")
            message = f"{plain(node)} is out of range: {name} must be {words} {limit}"
            return tree.problem("out-of-range", node, message, f"write a number of {words} {limit}")
        case rule if "fix" in context:
            return tree.problem(rule, node, context.get("message", finding["msg"]), context["fix"])
        case _:  # no document has another type today, and a test ensures that
            message = f"{name} is not accepted: {finding['msg'].lower()}"
            return tree.problem("wrong-type", node, message, "write it as `leastway explain grant` describes")


def _wrong_type(tree: Tree, node: Node, name: str, wanted: str, meaning: str = "") -> Problem:
    value = plain(node)
    if value is None:
        return tree.problem("wrong-type", node, f"{name} has no value", f"write {wanted}")
    if wanted == "text" and isinstance(node, ScalarNode):
        message = f"{quote(node.text)[1:-1]} without quotes is {_kind(value)}, not text"
        if not isinstance(value, bool):
            message += ": YAML may drop a zero or read it as octal"
        return tree.problem("unquoted-value", node, message, f'write "{quote(node.text)[1:-1]}", with quotes')
    fix = f"write {wanted}: {meaning}" if wanted == "text" and meaning else f"write {wanted}"
    return tree.problem("wrong-type", node, f"{name} is {_kind(value)}, not {wanted}", fix)


def _unknown_value(tree: Tree, node: Node, name: str, expected: str) -> Problem:
    """Return the problem of a value outside of a list; `expected` is that list as pydantic writes it: 'a' or 'b'."""
    if not isinstance(node, ScalarNode):
        return _wrong_type(tree, node, f"`{name}`", expected)
    known = [word.strip("' ") for word in expected.replace(" or ", ", ").split(", ")]
    message = f"{quote(node.text)} is not a valid {name}"
    folded = node.text.lower().replace("_", "-")
    within = [word for word in known if word.replace("-", "") in folded.replace("-", "")]
    close = sorted(within, key=len, reverse=True) or difflib.get_close_matches(folded, known, n=1)
    fix = f"did you mean {close[0]}?" if close and len(known) > 1 else f"write {' or '.join(known)}"
    return tree.problem("unknown-value", node, message, fix)


def _did_you_mean(name: str, known: list[str]) -> str:
    close = _closest(name, known)
    return f"did you mean `{close}`?" if close else f"the known fields are: {', '.join(known)}"


def _closest(name: str, known: list[str]) -> str | None:
    by_folded = {field.lower(): field for field in known}
    close = difflib.get_close_matches(name.lower().replace("-", "_"), by_folded, n=1, cutoff=0.7)
    return by_folded[close[0]] if close else None


def _kind(value: object) -> str:
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _find(root: Node, location: Location) -> tuple[Node, ScalarNode | None]:
    """Return the node at `location`, or the last one on the way there, and its key in the enclosing mapping."""
    node: Node = root
    key = None
    for step in location:
        if isinstance(step, int) and isinstance(node, SequenceNode):
            node, key = node.elements[step], None
        elif isinstance(step, str) and isinstance(node, MapNode) and step in node.children:
            key, node = node.children[step]
    return node, key


def _first_key(node: Node) -> Node:
    """Return what to underline of a mapping that lacks a field: its first key."""
    return next((key for key, _ in node.entries().values()), node)


def _name(location: Location) -> str:
    """Return the last field name of a location; for an element of a list, the name of the list."""
    names = [str(step) for step in location if isinstance(step, str) and not step.startswith("#")]
    return names[-1] if names else ""


def _fields(document: type[BaseModel], location: Location) -> list[str]:
    """Return the names of the fields at `location`, as in the file."""
    return [name for model in _models(document, location) for name in _names(model)]


def _meaning(document: type[BaseModel], location: Location) -> str:
    """Return what the field at `location`, or the list of its element, is for; nothing if it is no field."""
    steps = list(location)
    while steps and isinstance(steps[-1], int):
        steps.pop()
    models = _models(document, tuple(steps[:-1])) if steps else []
    fields = (model.model_fields[name] for model in models for name in model.model_fields if name == steps[-1])
    text = next((field.description for field in fields if field.description), "")
    return (text[:1].lower() + text[1:]).rstrip(".")


def _models(document: type[BaseModel], location: Location) -> list[type[BaseModel]]:
    """Return the document classes at `location`: several where a field takes one of them."""
    models = [document]
    for step in location:
        if isinstance(step, int):
            continue
        if step.startswith("#"):
            models = [model for model in models if step[1:] in _names(model)] or models
        else:
            models = [found for model in models for found in _models_in(_annotation(model, step))]
    return models


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _annotation(model: type[BaseModel], name: str) -> object:
    return next(field.annotation for key, field in model.model_fields.items() if name in (key, field.alias))


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the document classes in the type of a field."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
