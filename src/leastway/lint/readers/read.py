"""Reading the policies in the text of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.readers import account_details, manifests, policy_document, template
from leastway.lint.readers.reading import FileReading
from leastway.policy.model.text import PolicyText, decoded_policy
from leastway.source import Outline, SequenceNode, SourceText, read_json_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastway.policy.model import PolicyKind

__all__ = ["read_policies"]


def read_policies(
    content: str | bytes,
    *,
    name: str | None = None,
    kind: PolicyKind | None = None,
    parameters: Mapping[str, str] | None = None,
) -> tuple[Outline, FileReading] | None:
    """Return the outline of the file and its policies; None if it contains none.

    `kind` is the kind of a file that is a single policy; `parameters` are values for the parameters of a template.
    Errors: PolicyError for a file that is not valid JSON or YAML, and for a policy that cannot be read.
    """
    text = SourceText(decoded_policy(content, name), name)
    if text.text.lstrip()[:1] in ("{", "["):
        return _read_json(text, kind, parameters or {})
    if "AWS::" in text.text:
        return _read_template(text, parameters or {})
    return _read_manifests(text) if manifests.may_hold(text.text) else None


def _read_template(text: SourceText, parameters: Mapping[str, str]) -> tuple[Outline, FileReading] | None:
    from leastway.lint.readers.yaml_values import read_document, values_of

    root, _ = read_document(text)
    tree = None if root is None else values_of(root, text.name)
    if root is None or not template.recognizes(tree):
        return None
    return Outline(text, lambda _text: root), template.read(tree, PolicyText(None, text.name), parameters)


def _read_manifests(text: SourceText) -> tuple[Outline, FileReading] | None:
    from leastway.lint.readers.yaml_values import read_stream, values_of

    roots = read_stream(text).documents
    documents: list[manifests.Document] = [((index,), values_of(root, text.name)) for index, root in enumerate(roots)]
    if not manifests.recognizes(documents):
        return None
    whole = SequenceNode(0, len(text.text), list(roots))
    return Outline(text, lambda _text: whole), manifests.read(documents, PolicyText(None, text.name))


def _read_json(
    text: SourceText, kind: PolicyKind | None, parameters: Mapping[str, str]
) -> tuple[Outline, FileReading] | None:
    source = PolicyText(text.text, text.name)
    tree = source.read()
    outline = Outline(text, read_json_tree)
    if policy_document.recognizes(tree):
        return outline, policy_document.read(tree, source, kind)
    if template.recognizes(tree):
        return outline, template.read(tree, source, parameters)
    if account_details.recognizes(tree):
        return outline, account_details.read(tree, source)
    if manifests.recognizes([((), tree)]):
        return outline, manifests.read([((), tree)], source)
    return None
