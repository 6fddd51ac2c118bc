"""JSON and YAML text with the positions of its values, and excerpts that underline a position.

`SourceText` is a text, `Position` a range in it, `excerpt` underlines a range, `narrowed` cuts that to a terminal,
`Node` is one tree of values for JSON and YAML, and `Outline` finds a value by its keys. This package does not
interpret or validate documents. `source.yaml_tree` reads YAML; it is not imported here, because it loads PyYAML.
"""

from leastway.source.excerpt import excerpt, narrowed
from leastway.source.json_tree import read_json_tree, repeated_key
from leastway.source.node import KeyPath, MapNode, Node, ScalarNode, SequenceNode, plain, pointer
from leastway.source.outline import Outline
from leastway.source.text import Position, SourceText, decoded

__all__ = [
    "KeyPath",
    "MapNode",
    "Node",
    "Outline",
    "Position",
    "ScalarNode",
    "SequenceNode",
    "SourceText",
    "decoded",
    "excerpt",
    "narrowed",
    "plain",
    "pointer",
    "read_json_tree",
    "repeated_key",
]
