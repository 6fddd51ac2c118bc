"""The accesses of a call to S3, whose actions depend on headers, versions and sources.

Rules:
0. A bucket is a bucket: the names that stand for an access point are refused, because AWS authorizes on that one.
1. With a version, the action is the one for versions.
2. An ACL, tags, a retention or a legal hold in the headers of an upload need their own actions.
3. A copy reads its source; the source's tags are not visible here.
4. A directory bucket knows one action for all work on its objects: s3express:CreateSession.

Sources: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations"; Service Authorization Reference,
"Actions, resources, and condition keys for Amazon S3" and "... Amazon S3 Express".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from leastway.aws.calls.actions import actions_of
from leastway.aws.calls.call import Access, Call
from leastway.aws.calls.context import Context, context_of_every, tags_as_context
from leastway.aws.calls.hosts import Hosts
from leastway.aws.calls.refusal import RefusalError, RefusalReason
from leastway.aws.calls.wire import decoded
from leastway.policy.catalog import load_catalog

__all__ = ["accesses_of_s3", "is_bucket"]

_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]").fullmatch
_NO_BUCKETS: Final = ("-s3alias", "--ol-s3", "--op-s3", "--xa-s3", ".mrap")
"""How names end that stand for an access point: its alias, of Object Lambda, of Outposts, of a directory bucket, of
several regions. Source: Amazon S3 User Guide, "General purpose bucket naming rules", reserved suffixes."""
_SOURCE: Final = re.compile(r"(?:[^%+?]|%[0-9A-Fa-f]{2})*").fullmatch
_WITH_VERSION: Final[Mapping[str, str]] = {
    "s3:DeleteObject": "s3:DeleteObjectVersion",
    "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:GetObjectAcl": "s3:GetObjectVersionAcl",
    "s3:GetObjectAttributes": "s3:GetObjectVersionAttributes",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
    "s3:GetObjectTorrent": "s3:GetObjectVersionTorrent",
    "s3:PutObjectAcl": "s3:PutObjectVersionAcl",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
}
_UPLOADS: Final = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})
_COPIES: Final = frozenset({"CopyObject", "UploadPartCopy"})
_OF_UPLOAD: Final = (
    ("x-amz-tagging", "s3:PutObjectTagging"),
    ("x-amz-object-lock-mode", "s3:PutObjectRetention"),
    ("x-amz-object-lock-retain-until-date", "s3:PutObjectRetention"),
    ("x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"),
)
_GRANTS: Final = "x-amz-grant-"
_KEYS: Final = (
    "x-amz-acl",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "x-amz-object-ownership",
    "if-match",
    "if-none-match",
)
"""Headers that are condition keys of the same name; without the header, the key is absent."""
_ABSENT: Final[Context] = {f"s3:{name}": None for name in _KEYS}
_KEY_NAMES: Final = frozenset(_KEYS)
_WRITTEN_ANEW: Final = ("s3:x-amz-copy-source", "s3:x-amz-server-side-encryption-aws-kms-key-id")
"""Keys whose value need not be the header's text: a source has a slash in front and is encoded or not, and a KMS key is
named by its id, ARN or alias."""
_LISTS: Final = (("s3:prefix", "Prefix"), ("s3:delimiter", "Delimiter"), ("s3:max-keys", "MaxKeys"))


def accesses_of_s3(call: Call, hosts: Hosts) -> tuple[Access, ...]:
    """Return the accesses of a call to S3. Errors: RefusalError for a bucket that is not a name."""
    bucket = call.parameters.get("Bucket")
    if bucket is not None and not is_bucket(bucket):
        what = "the bucket is not a name of one; access points are not supported"
        raise RefusalError(RefusalReason.PATH, what, "s3", call.operation)
    context = _context(call)
    if call.signing_name == "s3express":
        return tuple(_express(call, hosts, bucket, context))
    needs = dict.fromkeys(_needs(call, hosts, bucket))
    return tuple(Access(action, resource, context=context) for action, resource in needs)


def is_bucket(name: str) -> bool:
    """Whether a name is that of a bucket, and not of an access point."""
    return _BUCKET(name) is not None and not name.lower().endswith(_NO_BUCKETS)


def _needs(call: Call, hosts: Hosts, bucket: str | None) -> Iterator[tuple[str, str | None]]:
    """Yield each action with its resource."""
    inputs = call.parameters
    place = f"arn:{hosts.partition}:s3:::"
    actions = actions_of("s3", call.operation, call.request.method)
    if call.operation == "DeleteObjects":
        yield from _deletions(call, f"{place}{bucket}")
        return
    resource = None if bucket is None else f"{place}{bucket}"  # of no bucket: `*`, or every bucket
    if bucket is not None and "Key" in inputs:
        resource = f"{place}{bucket}/{inputs['Key']}"
    if call.operation in _COPIES:
        yield _source(call, place)
    for action in actions:
        yield (_WITH_VERSION.get(action, action) if inputs.get("VersionId") else action), resource
    headers = dict(call.request.headers)
    if call.operation in _UPLOADS:
        has_acl = _has_acl(headers)
        extra = [action for name, action in _OF_UPLOAD if name in headers]
        for action in dict.fromkeys([*extra, *(["s3:PutObjectAcl"] if has_acl else [])]):
            yield action, resource
    if call.operation == "CreateBucket":
        yield from ((action, resource) for action in _of_new_bucket(call, headers))
    if headers.get("x-amz-bypass-governance-retention", "").lower() == "true":
        yield "s3:BypassGovernanceRetention", resource


def _has_acl(headers: Mapping[str, str]) -> bool:
    return "x-amz-acl" in headers or any(name.startswith(_GRANTS) for name in headers)


def _of_new_bucket(call: Call, headers: Mapping[str, str]) -> Iterator[str]:
    """Yield what the headers of a new bucket need. Its canned ACL `private` is the default and needs nothing.

    Source: Amazon S3 API Reference, CreateBucket, "Permissions".
    """
    is_private = headers.get("x-amz-acl") == "private" and not any(name.startswith(_GRANTS) for name in headers)
    if _has_acl(headers) and not is_private:
        yield "s3:PutBucketAcl"
    if headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true":
        yield "s3:PutBucketObjectLockConfiguration"
        yield "s3:PutBucketVersioning"
    if "x-amz-object-ownership" in headers:
        yield "s3:PutBucketOwnershipControls"
    if (call.parameters.get("CreateBucketConfiguration") or {}).get("Tags"):
        yield "s3:TagResource"


def _deletions(call: Call, place: str) -> Iterator[tuple[str, str]]:
    objects = (call.parameters.get("Delete") or {}).get("Objects") or ()
    bypass = dict(call.request.headers).get("x-amz-bypass-governance-retention", "").lower() == "true"
    for each in objects:
        resource = f"{place}/{each.get('Key', '')}"
        yield ("s3:DeleteObjectVersion" if each.get("VersionId") else "s3:DeleteObject"), resource
        if bypass:
            yield "s3:BypassGovernanceRetention", resource
    if not objects:
        yield "s3:DeleteObject", f"{place}/"


def _source(call: Call, place: str) -> tuple[str, str]:
    """Return the access to the source of a copy: `/BUCKET/KEY?versionId=ID`, percent-encoded.

    It is sent as it is, so whatever has two readings is refused: a plus sign, a second question mark, a lone percent
    sign, segments that are . or ..
    """
    text = str(call.parameters.get("CopySource", ""))
    path, question, version = text.partition("?versionId=")
    bucket, slash, key = decoded(path).removeprefix("/").partition("/")
    if not _SOURCE(path) or "?" in version or not {".", ".."}.isdisjoint(key.split("/")):
        what = "the source of the copy has two readings; percent-encode its key"
        raise RefusalError(RefusalReason.HEADERS, what, "s3", call.operation)
    if not slash or not key or not is_bucket(bucket):
        what = "the source of the copy is not BUCKET/KEY; access points are not supported"
        raise RefusalError(RefusalReason.HEADERS, what, "s3", call.operation)
    return ("s3:GetObjectVersion" if question and version else "s3:GetObject"), f"{place}{bucket}/{key}"


def _express(call: Call, hosts: Hosts, bucket: str | None, context: Context) -> Iterator[Access]:
    resource = f"arn:{hosts.partition}:s3express:{call.region}:{hosts.account}:bucket/{bucket}" if bucket else None
    own = load_catalog().find_action(f"s3express:{call.operation}")
    action = own.full_name if own is not None else "s3express:CreateSession"
    if call.operation == "ListDirectoryBuckets":
        action = "s3express:ListAllMyDirectoryBuckets"
    known = {key: value for key, value in context.items() if not key.startswith("s3:")}
    yield Access(action, resource, context=known)


def _context(call: Call) -> Context:
    headers = dict(call.request.headers)
    found: Context = {
        **context_of_every(call),
        **_ABSENT,
        "s3:authtype": "REST-HEADER",
        "s3:signatureversion": "AWS4-HMAC-SHA256",
    }
    for name in _KEY_NAMES & headers.keys():
        found[f"s3:{name}"] = headers[name]
    for key in _WRITTEN_ANEW:
        if found[key] is not None:
            del found[key]
    for key, member in _LISTS:
        value = call.parameters.get(member)
        if isinstance(value, str):
            found[key] = value
    version = call.parameters.get("VersionId")
    if isinstance(version, str):
        found["s3:versionid"] = version
    owner = headers.get("x-amz-expected-bucket-owner")
    if owner is not None:
        found["aws:resourceaccount"] = found["s3:resourceaccount"] = owner  # S3 refuses any other
    found.update(_location(call))
    tags = headers.get("x-amz-tagging")
    pairs = parse_qsl(tags or "", keep_blank_values=True, max_num_fields=50) if call.operation in _UPLOADS else []
    if tags is None and call.operation in _UPLOADS:
        found["s3:requestobjecttagkeys"] = None
    for name, value in pairs:
        found[f"s3:requestobjecttag/{name.lower()}"] = value
    if len({name.lower() for name, _ in pairs}) < len(pairs):  # two keys that differ in case alone
        found = {key: value for key, value in found.items() if not key.startswith("s3:requestobjecttag/")}
    if pairs:
        found["s3:requestobjecttagkeys"] = tuple(name for name, _ in pairs)
    if call.operation == "CreateBucket":
        given = (call.parameters.get("CreateBucketConfiguration") or {}).get("Tags") or []
        found.update(tags_as_context({each.get("Key", ""): each.get("Value", "") for each in given}))
    return found


def _location(call: Call) -> Context:
    """Return the location constraint of a new bucket: absent in us-east-1's default."""
    if call.operation != "CreateBucket":
        return {}
    value: Any = (call.parameters.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    return {"s3:locationconstraint": value if isinstance(value, str) and value else None}
