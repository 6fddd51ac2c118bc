"""A file with RBAC rules: a YAML list of rules, or a Role or ClusterRole manifest that contains them.

Only the rules of a manifest are used: leastway writes the name, namespace and labels itself. Source of the fields:
Kubernetes API reference, PolicyRule v1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from leastway.grant.document import Written
from leastway.grant.model import RulesFile
from leastway.grant.problem import without_repetition
from leastway.grant.rules.placeholder import check_placeholders
from leastway.grant.rules.secret import check_secrets
from leastway.grant.source import GrantFile, Tree, quote, read_tree
from leastway.grant.structure import read_document
from leastway.grant.values.refusal import refusal
from leastway.rbac import RbacRule
from leastway.source import MapNode, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from leastway.grant.problem import Problem

__all__ = ["read_rules"]

_VERSION = re.compile(r"v[0-9]+((alpha|beta)[0-9]+)?")


def _check_group(text: str) -> str:
    if _VERSION.fullmatch(text):
        raise refusal("rbac-rule", f"{quote(text)} is a version, not an API group", 'write "" for the core group')
    group, slash, _ = text.partition("/")
    if slash:
        raise refusal("rbac-rule", f"{quote(text)} is an API group with its version", f"write {group or '*'}")
    if text not in ("", "*") and not re.fullmatch(r"[a-z0-9.-]+", text):
        raise refusal("rbac-rule", f"{quote(text)} is not an API group", "write it as `kubectl api-resources` shows it")
    return text


def _check_resource(text: str) -> str:
    if not re.fullmatch(r"(\*|[a-z0-9.-]+)(/(\*|[a-z0-9.-]+))?", text):
        fix = "write the plural in lower case, as in deployments or pods/log"
        raise refusal("rbac-rule", f"{quote(text)} is not a resource", fix)
    return text


def _check_verb(text: str) -> str:
    if not re.fullmatch(r"\*|[a-z]+", text):
        raise refusal("rbac-rule", f"{quote(text)} is not a verb", "write it in lower case: get, list, watch, create")
    return text


_ApiGroup = Annotated[str, AfterValidator(_check_group)]
_Resource = Annotated[str, AfterValidator(_check_resource)]
_Verb = Annotated[str, AfterValidator(_check_verb)]


class RuleDocument(Written):
    """One rule, with the field names of Kubernetes."""

    api_groups: Annotated[list[_ApiGroup], Field(alias="apiGroups", min_length=1)]
    resources: Annotated[list[_Resource], Field(min_length=1)]
    verbs: Annotated[list[_Verb], Field(min_length=1)]
    resource_names: list[str] = Field(default=[], alias="resourceNames")


class RuleListDocument(Written):
    """A plain list of rules, read as the value of a field `rules`."""

    rules: Annotated[list[RuleDocument], Field(min_length=1)]


class ManifestDocument(RuleListDocument):
    """A Role or ClusterRole. An aggregated ClusterRole has no rules of its own and is refused."""

    api_version: Annotated[Literal["rbac.authorization.k8s.io/v1"], Field(alias="apiVersion")]
    kind: Literal["Role", "ClusterRole"]
    metadata: dict[str, Any] = Field(default={})


def read_rules(source: GrantFile) -> tuple[RulesFile | None, list[Problem]]:
    """Read a file of rules; None with any problem."""
    tree, problems = read_tree(source)
    problems += check_secrets(source)
    if tree is None:
        return None, problems
    document: RuleListDocument | None
    if isinstance(tree.root, SequenceNode):
        document, findings = read_document(_under_rules(tree), RuleListDocument)
    else:
        document, findings = read_document(tree, ManifestDocument)
    findings += check_placeholders(Tree(source, tree.root.get("rules") or tree.root))
    problems = without_repetition(problems, findings)
    if document is None or problems:
        return None, problems
    rules = (RbacRule.parse(rule.model_dump(by_alias=True)) for rule in document.rules)
    return RulesFile(source.path, tuple(rules)), []


def _under_rules(tree: Tree) -> Tree:
    """Put a plain list under `rules`, as in a manifest, so that both are read in the same way."""
    root = tree.root
    return Tree(tree.source, MapNode(root.start, root.end, {"rules": (ScalarNode(root.start, root.start), root)}))
