"""Bearer tokens for EKS clusters: a presigned GetCallerIdentity request that names the cluster.

A token is `k8s-aws-v1.` and the unpadded base64url of a GET of `https://sts.<region>.<suffix>/`, signed over `host`
and `x-k8s-aws-id`, with X-Amz-Expires 60. The cluster accepts it for 15 minutes after its date; clients count on 14.
A token of more than 4,096 bytes is refused without a reason (kubernetes-sigs/aws-iam-authenticator).
"""

from __future__ import annotations

import base64
import datetime as dt

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from leastway.errors import LeastwayError
from leastway.ports import EksToken
from leastway.primitives import Partition, Secret

__all__ = ["sign_token"]

_PREFIX = "k8s-aws-v1."
_URL_EXPIRES = 60
_LIFETIME = dt.timedelta(minutes=14)
_LONGEST = 4096


def sign_token(
    credentials: ReadOnlyCredentials,
    *,
    cluster: str,
    region: str,
    now: dt.datetime,
    expiry: dt.datetime | None,
) -> EksToken:
    """Sign a token for `cluster` with the STS of its region: a cluster accepts tokens of its own partition only.

    `expiry` is the expiry of the credentials, which also ends the token. botocore takes the date of the signature from
    the machine's clock.
    """
    request = AWSRequest(
        method="GET",
        url=f"https://sts.{region}.{Partition.of_region(region).dns_suffix}/",
        params={"Action": "GetCallerIdentity", "Version": "2011-06-15"},
        headers={"x-k8s-aws-id": cluster},
    )
    SigV4QueryAuth(credentials, "sts", region, expires=_URL_EXPIRES).add_auth(request)
    url = request.prepare().url
    token = _PREFIX + base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()
    if len(token) > _LONGEST:
        raise LeastwayError(
            f"the EKS token has {len(token)} bytes, and clusters accept at most {_LONGEST:,}",
            where=cluster,
            fix="use a session with a shorter token: fewer session tags, or no session policy",
        )
    ends = now + _LIFETIME
    return EksToken(Secret(token), min(ends, expiry) if expiry else ends)
