"""Intrinsic functions of templates, as far as the template contains their values.

Source: CloudFormation User Guide, "Intrinsic function reference" and "Pseudo parameters reference".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.lint.words import OWN_ACCOUNT, opaque

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Intrinsics"]

_PSEUDO = {
    "AWS::AccountId": OWN_ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
_PLACE = re.compile(r"\$\{(!?)([^}]*)\}")
_ALONE = re.compile("\ue000[^\ue001]*\ue001")
_OPEN = re.compile("\ue000parameter ([^\ue001]*)\ue001")


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """The values of pseudo parameters, and of parameters that are given or have a default."""

    values: Mapping[str, str]
    parameters: frozenset[str]

    @classmethod
    def of(cls, tree: object, given: Mapping[str, str]) -> Self:
        """Read the parameters of a template; `given` overrides the defaults."""
        declared = tree.get("Parameters") if isinstance(tree, Mapping) else None
        parameters = declared if isinstance(declared, Mapping) else {}
        defaults = {
            name: str(parameter["Default"])
            for name, parameter in parameters.items()
            if isinstance(parameter, Mapping) and isinstance(parameter.get("Default"), str | int | float)
        }
        return cls({**_PSEUDO, **defaults, **given}, frozenset(parameters))

    def resolve(self, value: object) -> object:
        """Return `value` with each function replaced by its value, or by a placeholder text."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, argument)
        return {name: self.resolve(item) for name, item in value.items()}

    def is_alone(self, text: str) -> bool:
        """Whether `text` consists of exactly one unknown value."""
        return _ALONE.fullmatch(text) is not None

    def is_open(self, text: str) -> bool:
        """Whether `text` consists of exactly one parameter without a value, which could be anything."""
        return _OPEN.fullmatch(text) is not None

    def _call(self, name: str, argument: object) -> str:
        match name, argument:
            case "Ref", str():
                return self._named(argument)
            case "Fn::Sub", str():
                return self._substituted(argument, {})
            case "Fn::Sub", [str() as text, dict() as local]:
                return self._substituted(text, {key: str(self.resolve(item)) for key, item in local.items()})
            case "Fn::Join", [str() as separator, list() as items]:
                return separator.join(str(self.resolve(item)) for item in items)
            case "Fn::ToJsonString", _:
                return json.dumps(self.resolve(argument), ensure_ascii=False)
            case "Fn::GetAtt", [str() as resource, str() as attribute]:
                return opaque(f"{resource}.{attribute}")
        return opaque(name.removeprefix("Fn::"))

    def _substituted(self, text: str, local: Mapping[str, str]) -> str:
        def fill(place: re.Match[str]) -> str:
            literal, name = place.groups()
            if literal:
                return f"${{{name}}}"
            return local[name.strip()] if name.strip() in local else self._named(name.strip())

        return _PLACE.sub(fill, text)

    def _named(self, name: str) -> str:
        if name in self.values:
            return self.values[name]
        return opaque(f"parameter {name}" if name in self.parameters else name)
