"""Rule `not-a-grant`: a file of another kind is recognized, instead of a list of the fields that it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.source import quote
from leastway.source import MapNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.source import Tree
    from leastway.source import Node

__all__ = ["check_is_a_grant"]

_OWN = {"platform", "accounts"}
_GIVE = "give the grant's file, or write one with `leastway init`"


def check_is_a_grant(tree: Tree) -> Iterator[Problem]:
    """Yield one problem for a document that is something else; a grant with mistakes is not."""
    found = _other_kind(tree.root)
    if found is not None:
        where, what, fix = found
        yield tree.problem("not-a-grant", where, f"this is {what}, not a grant", fix)


def _other_kind(root: Node) -> tuple[Node, str, str] | None:
    """Return where it shows, what the document is, and what to do with it."""
    if isinstance(root, SequenceNode):
        rules = [item for item in root.items() if "verbs" in item.entries()]
        return (root, "a list of RBAC rules", f"{_GIVE}: it names rules in `clusters[].access`") if rules else None
    if not isinstance(root, MapNode):
        return None
    names = {name: key for name, (key, _) in root.entries().items()}
    version, kind = root.string_at("apiVersion") or "", root.string_at("kind") or ""
    if "Statement" in names:
        return names["Statement"], "an IAM policy", f"{_GIVE}: it names policies in `roles[].policies`"
    if "Resources" in names and not _OWN & names.keys():
        return names["Resources"], "a CloudFormation template", _GIVE
    if kind == "Plan" and "format_version" in names:  # a saved plan has no apiVersion
        return _of_leastway(names["kind"], kind)
    if version.startswith("leastway.dev/") and kind not in ("", "Grant"):
        return _of_leastway(names["kind"], kind)
    if "apiVersion" in names and version and not version.startswith("leastway") and not _OWN & names.keys():
        what = f"a document of {quote(version)}" + (f", kind {quote(kind)}" if kind else "")
        return names["apiVersion"], what, _GIVE
    if "schema" in names and (root.string_at("schema") or "").startswith("output/"):
        return names["schema"], "the JSON output of a command", _GIVE
    return None


def _of_leastway(where: Node, kind: str) -> tuple[Node, str, str] | None:
    match kind:
        case "Profile":
            return where, "a platform's profile", f"{_GIVE}: it names its profile in `platform`"
        case "Definition":
            return where, "a resource definition", f"{_GIVE}: it names definitions in `roles[].definitions`"
        case "Plan":
            return where, "a saved plan", "carry it out with `leastway apply`, or give the grant's file"
        case _:
            return None  # probably a misspelled Grant
