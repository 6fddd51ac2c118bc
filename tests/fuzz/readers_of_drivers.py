"""Readers of what definitions give to drivers: templates, and the YAML that they make."""

from __future__ import annotations

import json
from pathlib import Path

from leastway.orchestrator.drivers.rendered_yaml import read_rendered
from leastway.primitives import Secret
from leastway.registry.templates import parse_template
from tests.fuzz.reader import reader
from tests.template_cases import DATA, REFUSED, RENDERED


def _templates() -> list[bytes]:
    texts = [text for text, _ in RENDERED] + [text for text, *_ in REFUSED]
    together = "\n".join(text for text, _ in RENDERED)
    return [together.encode(), *(text.encode() for text in texts if len(text) > 40)]


@reader("templates", _templates, "registry.templates.template.parse_template", "registry.templates.parser.parse")
def _template(data: bytes, folder: Path) -> str | None:
    made = parse_template(data.decode("utf-8", "replace"), "t").render({**DATA, "secret": Secret("planted")})
    assert "planted" not in made.text or made.secret_ranges
    return str(len(made.text))


_YAML = """# a comment
name: x
deep: {list: [1, "a", 2.5, true, ~], text: |
  block
}
update:
- op: add
  path: /spec/a
  value: {b: "c: d"}
"""


def _made() -> list[bytes]:
    return [_YAML.replace("|\n  block\n", "t").encode(), json.dumps(DATA).encode(), b"a: |\n  x: 1\n  y\nb: >-\n  z\n"]


@reader("YAML of templates", _made, "orchestrator.drivers.rendered_yaml.read_rendered")
def _rendered(data: bytes, folder: Path) -> str | None:
    return json.dumps(read_rendered(data.decode("utf-8", "replace"), "t"))[:100]
