"""The schemas of the kinds that the server holds.

Pods and deployments are described as far as their lists merge by key; their other fields are kept as they come.
"""

from __future__ import annotations

from leastway.sandbox.kube.schema.node import (
    ANY,
    BOOLEAN,
    BYTES,
    INTEGER,
    STRING,
    Dictionary,
    ListType,
    Node,
    Record,
    Sequence,
)

__all__ = [
    "CLUSTER_ROLE",
    "CONFIG_MAP",
    "DEPLOYMENT",
    "NAMESPACE",
    "POD",
    "ROLE",
    "ROLE_BINDING",
    "SECRET",
    "SERVICE_ACCOUNT",
    "SUBJECT_ACCESS_REVIEW",
    "SUBJECT_RULES_REVIEW",
    "TOKEN_REVIEW",
]

_STRINGS = Dictionary(STRING)
_STRING_LIST = Sequence(STRING)

_OWNER = Record(
    {
        "apiVersion": STRING,
        "kind": STRING,
        "name": STRING,
        "uid": STRING,
        "controller": BOOLEAN,
        "blockOwnerDeletion": BOOLEAN,
    },
    atomic=True,
    keeps=frozenset({"apiVersion", "kind", "name", "uid"}),
)

_METADATA = Record(
    {
        "name": STRING,
        "generateName": STRING,
        "namespace": STRING,
        "selfLink": STRING,
        "uid": STRING,
        "resourceVersion": STRING,
        "generation": INTEGER,
        "creationTimestamp": STRING,
        "deletionTimestamp": STRING,
        "deletionGracePeriodSeconds": INTEGER,
        "labels": _STRINGS,
        "annotations": _STRINGS,
        "finalizers": Sequence(STRING, ListType.SET),
        "ownerReferences": Sequence(_OWNER, ListType.MAP, ("uid",)),
        "managedFields": Sequence(ANY),
    }
)


def _object(*keeps: str, **fields: Node) -> Record:
    """A kind: what each object has, and `fields`."""
    common: dict[str, Node] = {"apiVersion": STRING, "kind": STRING, "metadata": _METADATA}
    return Record(common | fields, keeps=frozenset({"metadata", *keeps}))


CONFIG_MAP = _object(data=_STRINGS, binaryData=Dictionary(BYTES), immutable=BOOLEAN)

SECRET = _object(data=Dictionary(BYTES), stringData=_STRINGS, immutable=BOOLEAN, type=STRING)

NAMESPACE = _object(spec=Record({"finalizers": _STRING_LIST}), status=Record({"phase": STRING, "conditions": ANY}))

_OBJECT_REFERENCE = Record(
    {
        "kind": STRING,
        "namespace": STRING,
        "name": STRING,
        "uid": STRING,
        "apiVersion": STRING,
        "resourceVersion": STRING,
        "fieldPath": STRING,
    },
    atomic=True,
)

SERVICE_ACCOUNT = _object(
    secrets=Sequence(_OBJECT_REFERENCE, ListType.MAP, ("name",)),
    imagePullSecrets=Sequence(Record({"name": STRING})),
    automountServiceAccountToken=BOOLEAN,
)

_POLICY_RULE = Record(
    {
        "verbs": _STRING_LIST,
        "apiGroups": _STRING_LIST,
        "resources": _STRING_LIST,
        "resourceNames": _STRING_LIST,
        "nonResourceURLs": _STRING_LIST,
    },
    keeps=frozenset({"verbs"}),
)

_LABEL_SELECTOR = Record({"matchLabels": _STRINGS, "matchExpressions": Sequence(ANY)}, atomic=True)

ROLE = _object("rules", rules=Sequence(_POLICY_RULE))

CLUSTER_ROLE = _object(
    "rules",
    rules=Sequence(_POLICY_RULE),
    aggregationRule=Record({"clusterRoleSelectors": Sequence(_LABEL_SELECTOR)}),
)

_SUBJECT = Record(
    {"kind": STRING, "apiGroup": STRING, "name": STRING, "namespace": STRING},
    atomic=True,
    keeps=frozenset({"kind", "name"}),
)
_ROLE_REF = Record(
    {"apiGroup": STRING, "kind": STRING, "name": STRING},
    atomic=True,
    keeps=frozenset({"apiGroup", "kind", "name"}),
)

ROLE_BINDING = _object("roleRef", subjects=Sequence(_SUBJECT), roleRef=_ROLE_REF)

_CONTAINER = Record(
    {
        "name": STRING,
        "image": STRING,
        "env": Sequence(Record({"name": STRING, "value": STRING}, open=True), ListType.MAP, ("name",)),
        "ports": Sequence(
            Record({"containerPort": INTEGER, "protocol": STRING}, open=True),
            ListType.MAP,
            ("containerPort", "protocol"),
        ),
        "volumeMounts": Sequence(Record({"mountPath": STRING}, open=True), ListType.MAP, ("mountPath",)),
    },
    open=True,
)
_CONTAINERS = Sequence(_CONTAINER, ListType.MAP, ("name",))

_POD_SPEC = Record(
    {
        "containers": _CONTAINERS,
        "initContainers": _CONTAINERS,
        "volumes": Sequence(Record({"name": STRING}, open=True), ListType.MAP, ("name",)),
        "imagePullSecrets": Sequence(Record({"name": STRING}), ListType.MAP, ("name",)),
        "nodeSelector": _STRINGS,
        "serviceAccountName": STRING,
    },
    open=True,
)

POD = _object(spec=_POD_SPEC, status=ANY)

DEPLOYMENT = _object(
    spec=Record(
        {
            "replicas": INTEGER,
            "selector": _LABEL_SELECTOR,
            "template": Record({"metadata": _METADATA, "spec": _POD_SPEC}, keeps=frozenset({"metadata"})),
        },
        open=True,
    ),
    status=ANY,
)

SUBJECT_ACCESS_REVIEW = _object(
    spec=Record(
        {
            "resourceAttributes": Record({}, open=True),
            "nonResourceAttributes": Record({"path": STRING, "verb": STRING}),
            "user": STRING,
            "uid": STRING,
            "groups": _STRING_LIST,
            "extra": ANY,
        }
    ),
    status=ANY,
)

SUBJECT_RULES_REVIEW = _object(spec=Record({"namespace": STRING}), status=ANY)

TOKEN_REVIEW = _object(spec=Record({"token": STRING, "audiences": _STRING_LIST}), status=ANY)
