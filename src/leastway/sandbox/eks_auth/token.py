"""Parsing of EKS tokens: a prefix, then a presigned GetCallerIdentity in base64url.

The checks and their order are those of sigs.k8s.io/aws-iam-authenticator, package token:
 1. at most 4,096 bytes, the prefix, unpadded base64url;
 2. https to an STS host of the partition, path `/`;
 3. known query parameters only, each once, the action GetCallerIdentity;
 4. the header `x-k8s-aws-id` signed, X-Amz-Expires of 0 to 900, X-Amz-Date at most 15 minutes ago.
Only STS can verify that the signature is valid and was made for this cluster. Clients never learn why a token was
refused: they see 401.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from leastway.primitives import Clock, Partition

__all__ = ["CLUSTER_HEADER", "PREFIX", "PresignedCall", "parse_token"]

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"

_LIMIT = 4096
_LIFETIME = dt.timedelta(minutes=15)
_PARAMETERS = {
    "action",
    "version",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
}
_HOST = re.compile(r"sts(?:-fips)?\.([a-z0-9-]+)\.(.+)")
_GLOBAL_HOST = "sts.amazonaws.com"
_DUAL_STACK = {
    Partition.AWS: "api.aws",
    Partition.GOVCLOUD: "api.aws",
    Partition.CHINA: "api.amazonwebservices.com.cn",
    Partition.EUROPEAN_SOVEREIGN: "api.amazonwebservices.eu",
}
"""Source: botocore's `partitions.json`."""
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class PresignedCall:
    """The GET request for STS in a token: `target` is path and query, `headers` are those to send besides Host."""

    host: str
    """The signed STS host, e.g. `sts.eu-central-1.amazonaws.com`, for the Host header."""
    target: str
    headers: Mapping[str, str]
    access_key_id: str
    """The key that signed the request."""


def parse_token(token: str, cluster: str, clock: Clock, partition: Partition = Partition.AWS) -> PresignedCall | None:
    """Parse `token` for the cluster of that name in `partition`; None if it is refused."""
    # 1.
    encoded = token.removeprefix(PREFIX)
    if len(token) > _LIMIT or encoded == token or not _BASE64URL.fullmatch(encoded):
        return None
    try:
        url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode("ascii"))
    except (binascii.Error, ValueError):
        return None
    # 2.
    if url.scheme != "https" or not _is_sts(url.netloc, partition) or url.path != "/":
        return None
    # 3.
    pairs = [(key.lower(), value) for key, value in parse_qsl(url.query, keep_blank_values=True)]
    query = dict(pairs)
    if len(query) != len(pairs) or not query.keys() <= _PARAMETERS or query.get("action") != "GetCallerIdentity":
        return None
    # 4.
    signed, expires = query.get("x-amz-signedheaders", "").lower().split(";"), query.get("x-amz-expires", "")
    if CLUSTER_HEADER not in signed or not re.fullmatch("[0-9]{1,3}", expires) or int(expires) > 900:
        return None
    try:
        signed_at = dt.datetime.strptime(query.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    if clock.now() > signed_at + _LIFETIME:
        return None
    key = query.get("x-amz-credential", "").split("/", 1)[0]
    return PresignedCall(url.netloc, f"/?{url.query}", {CLUSTER_HEADER: cluster}, key)


def _is_sts(host: str, partition: Partition) -> bool:
    """Return whether `host` is an STS endpoint of the partition; only `aws` has a global one."""
    if host == _GLOBAL_HOST:
        return partition is Partition.AWS
    found = _HOST.fullmatch(host)
    if found is None or Partition.of_region(found[1]) is not partition:
        return False
    return found[2] in (partition.dns_suffix, _DUAL_STACK.get(partition))
