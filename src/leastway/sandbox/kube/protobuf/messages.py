"""The field numbers of our kinds.

Source: the generated.proto files of k8s.io/api and k8s.io/apimachinery. Pods and deployments are not here.
"""

from __future__ import annotations

from leastway.sandbox.kube.protobuf.wire import Field, Form, Message

__all__ = ["MESSAGES"]


def _texts(*names: str) -> Message:
    """A message of texts, numbered from one."""
    return Message({number: Field(name, Form.TEXT) for number, name in enumerate(names, 1)})


def _object(fields: dict[int, Field]) -> Message:
    return Message({1: Field("metadata", _METADATA)} | fields)


_OWNER = Message(
    {
        1: Field("kind", Form.TEXT),
        3: Field("name", Form.TEXT),
        4: Field("uid", Form.TEXT),
        5: Field("apiVersion", Form.TEXT),
        6: Field("controller", Form.BOOLEAN),
        7: Field("blockOwnerDeletion", Form.BOOLEAN),
    }
)
_METADATA = Message(
    {
        1: Field("name", Form.TEXT),
        2: Field("generateName", Form.TEXT),
        3: Field("namespace", Form.TEXT),
        5: Field("uid", Form.TEXT),
        6: Field("resourceVersion", Form.TEXT),
        11: Field("labels", Form.TEXT_MAP),
        12: Field("annotations", Form.TEXT_MAP),
        13: Field("ownerReferences", _OWNER, many=True),
        14: Field("finalizers", Form.TEXT, many=True),
    }
)

_RULE = Message(
    {
        number: Field(name, Form.TEXT, many=True)
        for number, name in enumerate(("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"), 1)
    }
)
_SUBJECT = _texts("kind", "apiGroup", "name", "namespace")
_ROLE = _object({2: Field("rules", _RULE, many=True)})
_BINDING = _object({2: Field("subjects", _SUBJECT, many=True), 3: Field("roleRef", _texts("apiGroup", "kind", "name"))})
_REFERENCE = _texts("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")

_RESOURCE = _texts("namespace", "verb", "group", "version", "resource", "subresource", "name")
_ACCESS = _object(
    {
        2: Field(
            "spec",
            Message(
                {
                    1: Field("resourceAttributes", _RESOURCE),
                    2: Field("nonResourceAttributes", _texts("path", "verb")),
                    3: Field("user", Form.TEXT),
                    4: Field("groups", Form.TEXT, many=True),
                    6: Field("uid", Form.TEXT),
                }
            ),
        )
    }
)

MESSAGES: dict[str, Message] = {
    "Namespace": _object({2: Field("spec", Message({1: Field("finalizers", Form.TEXT, many=True)}))}),
    "ConfigMap": _object(
        {
            2: Field("data", Form.TEXT_MAP),
            3: Field("binaryData", Form.BYTES_MAP),
            4: Field("immutable", Form.BOOLEAN),
        }
    ),
    "Secret": _object(
        {
            2: Field("data", Form.BYTES_MAP),
            3: Field("type", Form.TEXT),
            4: Field("stringData", Form.TEXT_MAP),
            5: Field("immutable", Form.BOOLEAN),
        }
    ),
    "ServiceAccount": _object(
        {
            2: Field("secrets", _REFERENCE, many=True),
            3: Field("imagePullSecrets", _texts("name"), many=True),
            4: Field("automountServiceAccountToken", Form.BOOLEAN),
        }
    ),
    "Role": _ROLE,
    "ClusterRole": _ROLE,
    "RoleBinding": _BINDING,
    "ClusterRoleBinding": _BINDING,
    "SelfSubjectAccessReview": _ACCESS,
    "SubjectAccessReview": _ACCESS,
    "LocalSubjectAccessReview": _ACCESS,
    "SelfSubjectRulesReview": _object({2: Field("spec", _texts("namespace"))}),
    "SelfSubjectReview": _object({}),
    "TokenReview": _object(
        {2: Field("spec", Message({1: Field("token", Form.TEXT), 2: Field("audiences", Form.TEXT, many=True)}))}
    ),
}
"""By kind."""
