"""Write a template as YAML, with the short forms of CloudFormation's functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from leastway.export.cloudformation.functions import Equals, FindInMap, GetAtt, If, Join, Not, Ref, Sub
from leastway.export.yaml_text import YamlDumper, yaml_text

__all__ = ["template_text"]


class _Dumper(YamlDumper):
    """A dumper with CloudFormation's functions."""


def template_text(template: Mapping[str, Any]) -> str:
    """Return the YAML of a template, with keys in order."""
    return yaml_text(template, _Dumper)


def _sequence(dumper: yaml.SafeDumper, tag: str, *values: Any) -> yaml.SequenceNode:
    return dumper.represent_sequence(tag, values, flow_style=True)


_Dumper.add_representer(Ref, lambda dumper, it: dumper.represent_scalar("!Ref", it.name))
_Dumper.add_representer(Sub, lambda dumper, it: dumper.represent_scalar("!Sub", it.text))
_Dumper.add_representer(GetAtt, lambda dumper, it: dumper.represent_scalar("!GetAtt", f"{it.resource}.{it.attribute}"))
_Dumper.add_representer(FindInMap, lambda dumper, it: _sequence(dumper, "!FindInMap", it.mapping, it.first, it.second))
_Dumper.add_representer(Join, lambda dumper, it: _sequence(dumper, "!Join", "", list(it.parts)))
_Dumper.add_representer(If, lambda dumper, it: _sequence(dumper, "!If", it.condition, it.then, it.otherwise))
_Dumper.add_representer(Equals, lambda dumper, it: _sequence(dumper, "!Equals", it.left, it.right))
_Dumper.add_representer(Not, lambda dumper, it: _sequence(dumper, "!Not", it.condition))
