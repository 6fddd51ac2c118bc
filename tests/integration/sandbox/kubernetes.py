"""Calls to the Kubernetes of an embedded cluster, with a token like that of EKS clients."""

import base64
import http.client
import json
import ssl
from typing import Any

from botocore.signers import RequestSigner

from leastway.sandbox import SeededKey
from tests.integration.sandbox.world import REGION, World


def token(sts: Any, cluster: str, region: str = REGION) -> str:
    """Return an EKS token signed with the credentials of a client of STS."""
    signer = RequestSigner(
        sts.meta.service_model.service_id, region, "sts", "v4", sts._request_signer._credentials, sts.meta.events
    )
    url = signer.generate_presigned_url(
        {
            "method": "GET",
            "url": f"https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
            "body": {},
            "headers": {"x-k8s-aws-id": cluster},
            "context": {},
        },
        region_name=region,
        expires_in=60,
        operation_name="",
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def ask(
    world: World,
    cluster: str,
    sts: Any,
    path: str,
    method: str = "GET",
    body: Any = None,
    *,
    key: SeededKey | None = None,
) -> tuple[int, Any]:
    """Call a cluster's Kubernetes with a token of the STS client; return status and body.

    `key` describes the cluster; by default it is the key of the admin of the world's own account.
    """
    described = world.client("eks", key).describe_cluster(name=cluster)["cluster"]
    trusted = ssl.create_default_context(cadata=base64.b64decode(described["certificateAuthority"]["data"]).decode())
    connection = http.client.HTTPSConnection(described["endpoint"].removeprefix("https://"), context=trusted)
    try:
        headers = {"Authorization": f"Bearer {token(sts, cluster)}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
