"""A text that a person wrote, with positions: what stands where, and how to show it.

One text (`SourceText`), one place in it (`Position`), one underline (`excerpt`), and one tree of values for JSON and
YAML (`Node`), in which a value is found by its keys (`Outline`). What a document means, and which of its values are
wrong, is not for this room. `source.yaml_tree` reads YAML; it is not imported here, because it loads PyYAML.
"""

from leastway.source.excerpt import excerpt
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
    "plain",
    "pointer",
    "read_json_tree",
    "repeated_key",
]
