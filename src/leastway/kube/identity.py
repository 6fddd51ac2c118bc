"""Which cluster answers: its CA, which TLS proves end to end, and the uid of its namespace `kube-system`.

What is between a server and a cluster may lead elsewhere: the key of a tunnel's agent can be copied, and an endpoint
can be recreated under its name. So the identity is compared before the first change. The uid of `kube-system` tells
clusters with one CA apart; it never changes while a cluster exists. Reading it needs `get` on that namespace.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from dataclasses import dataclass

from leastway.errors import LeastwayError
from leastway.kube.connection import Connection
from leastway.kube.reading import ApiKind, read_one
from leastway.kube.shapes import fields, text

__all__ = ["ClusterIdentity", "OtherClusterError", "cluster_identity", "need_cluster"]

_NAMESPACE = ApiKind("v1", "Namespace", fields({"metadata": fields({"uid": text})}))
_NAME = "kube-system"
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class OtherClusterError(LeastwayError):
    """Another cluster answers than the one that is meant. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class ClusterIdentity:
    """A cluster: the SHA-256 of its (first) CA's DER in hexadecimal, and the uid of `kube-system`."""

    authority: str
    uid: str


def cluster_identity(connection: Connection) -> ClusterIdentity:
    """Ask the cluster who it is. TLS has verified its CA by then.

    Errors: ForbiddenError if the namespace may not be read; LeastwayError as every request.
    """
    answer = read_one(connection, f"/api/v1/namespaces/{_NAME}", _NAMESPACE, _NAME)
    first = _CERTIFICATE.search(connection.authority)
    if first is None:
        raise LeastwayError("the cluster's certificate authority has no whole certificate", where=connection.where)
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(first[0])).hexdigest()
    return ClusterIdentity(digest, answer["metadata"]["uid"])


def need_cluster(connection: Connection, expected: ClusterIdentity) -> None:
    """Refuse to go on unless the expected cluster answers, which is checked end to end.

    Errors: OtherClusterError; ForbiddenError if that cannot be found out, which never counts as the right one.
    """
    found = cluster_identity(connection)
    if found == expected:
        return
    what = "CA" if found.authority != expected.authority else "uid of kube-system"
    raise OtherClusterError(
        f"another cluster answers: its {what} is not the one that was recorded",
        where=connection.where,
        fix="check where the agent runs and who has its key; if the cluster was recreated, record it anew",
    )
