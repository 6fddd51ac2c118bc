"""The templates of a definition: which there are, and whether each is of the subset, before anything is provisioned.

What a placeholder of the platform is part of is judged when it is resolved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.registry.templates.template import parse_template

__all__ = ["TEMPLATE_NAMES", "check_templates"]

TEMPLATE_NAMES: Final = ("init", "outputs", "secrets", "cookie", "manifests")
"""The templates that a definition can have, in the order in which they are evaluated."""
_WHERE: Final = "driver_inputs.values.templates"


def check_templates(templates: Any, where: str = _WHERE) -> Mapping[str, Any]:
    """Return the templates of a definition. Errors: InvalidInputError at the template, or at its line and column."""
    if not isinstance(templates, Mapping):
        fix = f"write an object with {', '.join(TEMPLATE_NAMES)}"
        raise InvalidInputError("it is not an object", where=where, fix=fix)
    for name in templates:
        if name not in TEMPLATE_NAMES:
            fix = f"use {', '.join(TEMPLATE_NAMES)}"
            raise InvalidInputError("a template with this name is not served", where=f"{where}.{name}", fix=fix)
    for at, text in _texts(templates, where):
        if "${" not in text:
            parse_template(text, at)
    return templates


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _texts(member, f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for number, member in enumerate(value):
            yield from _texts(member, f"{where}[{number}]")
