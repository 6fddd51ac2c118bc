"""Write YAML that every parser reads as the same values.

YAML 1.1 and 1.2, and the parsers of Python and Go, disagree about numbers and booleans (`y`, `on`, `1e3`), so only
plain words have no quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from leastway.shown import shown

__all__ = ["YamlDumper", "comment", "yaml_text"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9./_-]*")
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


class YamlDumper(yaml.SafeDumper):
    """A dumper that quotes strings where necessary."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write repeated values in full: `&id001` is hard to review."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists in mappings, as people do."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS_OF_YAML
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


YamlDumper.add_representer(str, _text)
YamlDumper.add_multi_representer(str, _text)  # subclasses such as AccountId


def yaml_text(document: Mapping[str, Any], dumper: type[YamlDumper] = YamlDumper) -> str:
    """Return one document in block style, with keys in order; `dumper` can add other types of values."""
    return yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=False, width=1000)


def comment(lines: Iterable[str]) -> str:
    """Return the lines as comments; an empty line becomes a bare `#`."""
    return "".join(f"# {shown(line)}".rstrip() + "\n" for line in lines)
