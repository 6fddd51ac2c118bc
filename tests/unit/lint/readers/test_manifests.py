import json

import pytest

from leastway.lint import Finding, Unchecked, lint
from leastway.policy import PolicyError

STREAM = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: platform}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
  - {kind: Group, name: humanitec}
  - {kind: Group, name: "system:masters"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/humanitec
      username: humanitec
      groups: [system:masters]
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/node
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:bootstrappers, system:nodes]
"""


def found(text: str) -> list[Finding | Unchecked]:
    results = lint(text)
    assert results is not None
    return [one for one in results if not isinstance(one, Finding) or one.rule == "full-privileges"]


def test_full_privileges_are_found_in_each_document_of_a_stream() -> None:
    lines = [(one.pointer, one.position.line if one.position else 0) for one in found(STREAM)]
    assert sorted(lines) == [
        ("/1/roleRef/name", 8),
        ("/1/subjects/1/name", 11),
        ("/2/data/mapUsers", 17),
    ]


def test_objects_in_a_list_are_read() -> None:
    binding = {
        "kind": "RoleBinding",
        "metadata": {"name": "x", "namespace": "shop"},
        "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
    }
    text = json.dumps({"kind": "List", "apiVersion": "v1", "items": [{"kind": "Pod"}, binding]})
    assert [one.pointer for one in found(text)] == ["/items/1/roleRef/name"]


@pytest.mark.parametrize(
    "role", [{"kind": "ClusterRole", "name": "view"}, {"kind": "Role", "name": "cluster-admin"}], ids=["view", "own"]
)
def test_other_roles_are_not_reported(role: dict[str, str]) -> None:
    assert found(json.dumps({"kind": "ClusterRoleBinding", "roleRef": role, "subjects": None})) == []


def test_an_aws_auth_map_that_is_not_valid_yaml_is_a_doubt() -> None:
    text = json.dumps({"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapUsers": "- a: [", "x": 1}})
    (doubt,) = found(text)
    assert isinstance(doubt, Unchecked)
    assert (doubt.pointer, doubt.reason) == ("/data/mapUsers", "mapUsers is not valid YAML, so its groups are unknown")


ENTRY = "- rolearn: arn:aws:iam::111122223333:role/x\n  "
MASTERS = {
    "as documented": ENTRY + "groups: ['system:masters']\n",
    "in another case": ENTRY + "Groups: ['system:masters']\n",
    "with a letter that folds": ENTRY + "group\u017f: ['system:masters']\n",
    "escaped": ENTRY + 'groups: ["system:master\\x73"]\n',
    "by an alias": "- username: &m system:masters\n" + ENTRY + "groups: [*m]\n",
}


@pytest.mark.parametrize("text", MASTERS.values(), ids=MASTERS)
def test_system_masters_is_found_in_any_spelling(text: str) -> None:
    manifest = {"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": text}}
    (finding,) = found(json.dumps(manifest))
    assert not isinstance(finding, Unchecked)
    assert finding.pointer == "/data/mapRoles"


DOUBTFUL = {
    "a tag": ENTRY + "groups: [!!binary c3lzdGVtOm1hc3RlcnM=]\n",
    "a tag of one's own": ENTRY + "groups: !x ['system:masters']\n",
    "a merge": "- &m {groups: ['deployers']}\n" + ENTRY + "<<: *m\n",
}


@pytest.mark.parametrize("text", DOUBTFUL.values(), ids=DOUBTFUL)
def test_an_aws_auth_map_with_tags_or_merge_keys_is_a_doubt(text: str) -> None:
    manifest = {"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": text}}
    (doubt,) = found(json.dumps(manifest))
    assert isinstance(doubt, Unchecked)
    assert doubt.reason == "mapRoles has tags or merge keys, so its groups are uncertain"


@pytest.mark.parametrize(
    "text",
    [
        "kind: Deployment\nmetadata: {name: aws-auth}\n",
        "# rbac.authorization.k8s.io\nkind: Role\n",
        "rbac.authorization.k8s.io\n",
        "---\n---\n# aws-auth\n",
    ],
)
def test_a_file_without_bindings_contains_no_policy(text: str) -> None:
    assert lint(text) is None


def test_invalid_yaml_is_rejected_with_its_line() -> None:
    with pytest.raises(PolicyError) as caught:
        lint("# rbac.authorization.k8s.io\nkind: ]\n")
    assert caught.value.line == 2
