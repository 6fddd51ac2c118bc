"""From the text of a file to its policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.file_text import FileText, json_spans
from leastway.lint.readers import account_details, manifests, policy_document, template
from leastway.lint.readers.reading import Reading
from leastway.policy.model import PolicyError
from leastway.policy.model.source import Source

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
) -> tuple[FileText, Reading] | None:
    """Return the file's text and its policies; None when it holds none.

    `kind` is what a file that is one policy is; `parameters` are values for a template's. Errors: PolicyError for a
    file that should be JSON or YAML and is not, and for a policy that cannot be read.
    """
    text = _decode(content, name)
    if text.lstrip()[:1] in ("{", "["):
        return _read_json(text, name, kind, parameters or {})
    if "AWS::" in text:
        return _read_template(text, name, parameters or {})
    return _read_manifests(text, name) if manifests.may_hold(text) else None


def _read_template(text: str, name: str | None, parameters: Mapping[str, str]) -> tuple[FileText, Reading] | None:
    from leastway.lint.readers.yaml_tree import read_yaml

    tree, spans = read_yaml(text, name)
    if not template.recognizes(tree):
        return None
    return FileText(text, name, lambda _text: spans), template.read(tree, Source(None, name), parameters)


def _read_manifests(text: str, name: str | None) -> tuple[FileText, Reading] | None:
    from leastway.lint.readers.yaml_tree import read_yaml_stream

    trees, spans = read_yaml_stream(text, name)
    documents: list[manifests.Document] = [((index,), tree) for index, tree in enumerate(trees)]
    if not manifests.recognizes(documents):
        return None
    return FileText(text, name, lambda _text: spans), manifests.read(documents, Source(None, name))


def _read_json(
    text: str, name: str | None, kind: PolicyKind | None, parameters: Mapping[str, str]
) -> tuple[FileText, Reading] | None:
    source = Source(text, name)
    tree = source.read()
    file = FileText(text, name, json_spans)
    if policy_document.recognizes(tree):
        return file, policy_document.read(tree, source, kind)
    if template.recognizes(tree):
        return file, template.read(tree, source, parameters)
    if account_details.recognizes(tree):
        return file, account_details.read(tree, source)
    if manifests.recognizes([((), tree)]):
        return file, manifests.read([((), tree)], source)
    return None


def _decode(content: str | bytes, name: str | None) -> str:
    try:
        text = content.decode() if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        raise PolicyError("this is no UTF-8 text", name=name, fix="save the file as UTF-8") from error
    return text.removeprefix("\ufeff")
