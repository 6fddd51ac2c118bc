"""Requests with two readings, without the right signature, or of another account are refused by name."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from leastway.aws.calls import (
    Authorization,
    BodyRule,
    Call,
    RefusalReason,
    RefusedCall,
    WireRequest,
    body_rule,
    name_call,
    read_authorization,
    sign,
    verify,
)
from leastway.ports import SessionKeys
from leastway.primitives import Secret
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS, KEYS, caught, now

QUEUES = caught("sqs", "ListQueues", {})
PUT = caught("s3", "PutObject", {"Bucket": "shop", "Key": "a/b", "Body": b"x"})
LIST = caught("s3", "ListObjectsV2", {"Bucket": "shop"})
ROLE = caught("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{}"})
CLUSTER = caught("eks", "DescribeCluster", {"name": "c"})
DELETE = caught("s3", "DeleteObjects", {"Bucket": "shop", "Delete": {"Objects": [{"Key": "a"}]}})
BUS = caught("eventbridgev2", "CreateEventBus", {"Name": "a"})
"""A request in CBOR."""
QUERY = caught(
    "lakeformation", "StartQueryPlanning", {"QueryPlanningContext": {"DatabaseName": "d"}, "QueryString": "q"}
)
"""A request whose host has a prefix of its operation."""
OTHER = "999999999999"
LAYER = f"arn:aws:lambda:eu-central-1:{OTHER}:layer:shared:1"
"""Layers of others are read, not worked on."""

Change = Callable[[WireRequest], WireRequest]


def headers(request: WireRequest, **changed: str | None) -> WireRequest:
    """Return a request with some headers changed, added, or (None) removed."""
    names = {name.replace("_", "-"): value for name, value in changed.items()}
    kept = [(name, value) for name, value in request.headers if name not in names]
    return replace(request, headers=(*kept, *((name, value) for name, value in names.items() if value is not None)))


def with_header(**changed: str | None) -> Change:
    return lambda request: headers(request, **changed)


def body(content: bytes, request: WireRequest = QUEUES) -> WireRequest:
    return headers(replace(request, body=content), content_length=str(len(content)))


def form_in_json() -> WireRequest:
    """Return a call whose body is one JSON object, and a form with another action."""
    return headers(body(b'{"a":"&Action=DeleteQueue&QueueUrl=u&b="}'), content_type="application/x-www-form-urlencoded")


def queue(url: object) -> WireRequest:
    return body(json.dumps({"QueueUrl": url}).encode(), headers(QUEUES, x_amz_target="AmazonSQS.PurgeQueue"))


def deletion(text: str) -> WireRequest:
    return body(text.encode(), headers(DELETE, x_amz_content_sha256=None))


def copy_of(source: str) -> WireRequest:
    return headers(replace(PUT, body=b""), content_encoding=None, transfer_encoding=None, x_amz_copy_source=source)


def path(text: str, request: WireRequest) -> WireRequest:
    return replace(request, path=text)


def query(text: str, request: WireRequest = LIST) -> WireRequest:
    return replace(request, query=text)


def scope(service: str, region: str, request: WireRequest) -> WireRequest:
    given = request.header("authorization") or ""
    before, _, rest = given.partition("/aws4_request")
    credential = before.rsplit("/", 2)[0]
    return headers(request, authorization=f"{credential}/{region}/{service}/aws4_request{rest}")


_REFUSED: list[tuple[str, WireRequest, RefusalReason]] = [
    (
        "a duplicate header",
        replace(QUEUES, headers=(*QUEUES.headers, ("accept", "a"), ("accept", "b"))),
        RefusalReason.HEADERS,
    ),
    (
        "two Authorization headers",
        replace(QUEUES, headers=(*QUEUES.headers, ("authorization", "x"))),
        RefusalReason.HEADERS,
    ),
    ("two lengths", headers(QUEUES, transfer_encoding="chunked"), RefusalReason.LENGTH),
    ("a length that is not the body's", headers(QUEUES, content_length="1"), RefusalReason.LENGTH),
    ("a length with a sign", headers(QUEUES, content_length="+2"), RefusalReason.LENGTH),
    (
        "another transfer encoding",
        headers(QUEUES, content_length=None, transfer_encoding="chunked, gzip"),
        RefusalReason.LENGTH,
    ),
    ("a length in other digits", headers(QUEUES, content_length="\N{ARABIC-INDIC DIGIT TWO}"), RefusalReason.LENGTH),
    ("a length of thousands of digits", headers(QUEUES, content_length="0" * 5_000 + "2"), RefusalReason.LENGTH),
    ("a decoded length that is no number", headers(PUT, x_amz_decoded_content_length="-1"), RefusalReason.LENGTH),
    (
        "more than 200 headers",
        replace(QUEUES, headers=(*QUEUES.headers, *((f"a{number}", "b") for number in range(200)))),
        RefusalReason.HEADERS,
    ),
    ("a header without a name", replace(QUEUES, headers=(*QUEUES.headers, ("", "b"))), RefusalReason.HEADERS),
    ("a line break in a header", headers(QUEUES, x_a="a\r\nhost: b"), RefusalReason.HEADERS),
    (
        "a header with a space in its name",
        replace(QUEUES, headers=(*QUEUES.headers, ("x a", "b"))),
        RefusalReason.HEADERS,
    ),
    ("another Host", headers(QUEUES, host="sns.eu-central-1.amazonaws.com"), RefusalReason.HOST_HEADER),
    ("no Host", headers(QUEUES, host=None), RefusalReason.HOST_HEADER),
    *(
        (f"an override by {name}", headers(CLUSTER, **{name: "DELETE"}), RefusalReason.HEADERS)
        for name in (
            "x_http_method_override",
            "x_http_method",
            "x_method_override",
            "x_original_url",
            "x_rewrite_url",
        )
    ),
    ("another method", replace(CLUSTER, method="CONNECT"), RefusalReason.METHOD),
    ("another port", headers(replace(QUEUES, port=8443), host=QUEUES.host), RefusalReason.HOST),
    (
        "a host that looks like AWS",
        headers(
            replace(QUEUES, host="x.execute-api.eu-central-1.amazonaws.com"),
            host="x.execute-api.eu-central-1.amazonaws.com",
        ),
        RefusalReason.HOST,
    ),
    ("no signature", headers(QUEUES, authorization=None), RefusalReason.UNSIGNED),
    ("a bearer token", headers(QUEUES, authorization="Bearer x"), RefusalReason.UNSIGNED),
    ("Signature Version 2", headers(QUEUES, authorization="AWS AKIA:x"), RefusalReason.UNSIGNED),
    (
        "Signature Version 4A",
        headers(QUEUES, authorization="AWS4-ECDSA-P256-SHA256 Credential=x"),
        RefusalReason.SIGV4A,
    ),
    ("a presigned URL", query("list-type=2&X-Amz-Signature=00"), RefusalReason.PRESIGNED),
    ("an old presigned URL", query("AWSAccessKeyId=x&Signature=y"), RefusalReason.PRESIGNED),
    (
        "a form upload",
        headers(replace(PUT, method="POST"), authorization=None, content_type="multipart/form-data; boundary=x"),
        RefusalReason.FORM_UPLOAD,
    ),
    (
        "chunks with signatures",
        headers(PUT, x_amz_content_sha256="STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        RefusalReason.SIGNED_CHUNKS,
    ),
    (
        "chunks with signatures and a trailer",
        headers(PUT, x_amz_content_sha256="STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
        RefusalReason.SIGNED_CHUNKS,
    ),
    ("a digest of another body", headers(CLUSTER, x_amz_content_sha256="0" * 64), RefusalReason.SIGNATURE),
    ("another service in the scope", scope("sns", "eu-central-1", QUEUES), RefusalReason.SCOPE),
    ("another region in the scope", scope("sqs", "eu-west-1", QUEUES), RefusalReason.SCOPE),
    ("a dot segment", path("/a/../b", PUT), RefusalReason.PATH),
    ("an encoded dot segment", path("/a/%2e%2E/b", PUT), RefusalReason.PATH),
    ("an encoded slash", path("/a%2Fb", PUT), RefusalReason.PATH),
    ("an empty segment", path("/clusters//c", CLUSTER), RefusalReason.PATH),
    ("an encoded path within a name", path("/clusters/..%2Fx", CLUSTER), RefusalReason.PATH),
    ("a malformed encoding", path("/clusters/%zz", CLUSTER), RefusalReason.PATH),
    ("an encoding that is not UTF-8", path("/clusters/%ff", CLUSTER), RefusalReason.PATH),
    ("a path without a slash", path("clusters", CLUSTER), RefusalReason.PATH),
    ("a path on a protocol without paths", path("/x", QUEUES), RefusalReason.PATH),
    ("a query on a protocol without queries", query("Action=DeleteQueue", QUEUES), RefusalReason.PATH),
    ("a duplicate parameter", query("list-type=2&prefix=a&prefix=b"), RefusalReason.QUERY),
    ("two subresources", query("acl&policy"), RefusalReason.OPERATION),
    ("a subresource that no operation has", query("list-type=2&secrets"), RefusalReason.QUERY),
    ("a parameter that differs in case", query("list-type=2&Prefix=a"), RefusalReason.QUERY),
    ("a plus sign in the query", query("list-type=2&prefix=a+b"), RefusalReason.QUERY),
    ("a query that is not encoded", query('list-type=2&prefix=a"b'), RefusalReason.QUERY),
    ("a malformed encoding in the query", query("list-type=2&prefix=%zz"), RefusalReason.QUERY),
    ("a semicolon in a value of the query", query("list-type=2&prefix=a;b"), RefusalReason.QUERY),
    ("an equals sign in a value of the query", query("list-type=2&prefix=a=b"), RefusalReason.QUERY),
    ("a semicolon in the query", query("list-type=2;prefix=a"), RefusalReason.QUERY),
    ("a subresource with another value", query("list-type=3"), RefusalReason.QUERY),
    ("another operation in x-id", query("list-type=2&x-id=GetObject"), RefusalReason.QUERY),
    ("a key twice in JSON", body(b'{"QueueNamePrefix":"a","QueueNamePrefix":"b"}'), RefusalReason.BODY),
    ("a key twice deep in JSON", body(b'{"a":[{"b":1,"b":2}]}'), RefusalReason.BODY),
    ("a member that differs in case", body(b'{"queueNamePrefix":"a"}'), RefusalReason.BODY),
    ("JSON that is not an object", body(b"[]"), RefusalReason.BODY),
    ("JSON with NaN", body(b'{"a":NaN}'), RefusalReason.BODY),
    ("JSON that is not UTF-8", body(b'{"a":"\xff"}'), RefusalReason.BODY),
    ("JSON in UTF-16", body('{"a":1}'.encode("utf-16")), RefusalReason.BODY),
    ("deep JSON", body(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), RefusalReason.BODY),
    ("a field twice in a form", body((ROLE.body or b"") + b"&RoleName=s", ROLE), RefusalReason.BODY),
    ("another action in a form", body((ROLE.body or b"") + b"&Action=DeleteRole", ROLE), RefusalReason.BODY),
    ("a field that differs in case", body((ROLE.body or b"") + b"&rolename=s", ROLE), RefusalReason.BODY),
    ("an index with a zero", body((ROLE.body or b"") + b"&Tags.member.01.Key=a", ROLE), RefusalReason.BODY),
    ("a field without a value", body((ROLE.body or b"") + b"&Path", ROLE), RefusalReason.BODY),
    (
        "another version of the API",
        body((ROLE.body or b"").replace(b"2010-05-08", b"2010-05-09"), ROLE),
        RefusalReason.OPERATION,
    ),
    ("no form", headers(ROLE, content_type="text/plain"), RefusalReason.BODY),
    ("an operation that does not exist", headers(QUEUES, x_amz_target="AmazonSQS.Explode"), RefusalReason.OPERATION),
    (
        "a target of another service",
        headers(QUEUES, x_amz_target="DynamoDB_20120810.ListTables"),
        RefusalReason.OPERATION,
    ),
    ("two protocols", headers(QUEUES, smithy_protocol="rpc-v2-cbor"), RefusalReason.OPERATION),
    ("CBOR with a target", headers(BUS, x_amz_target="AmazonSQS.ListQueues"), RefusalReason.OPERATION),
    ("CBOR without its header", headers(BUS, smithy_protocol=None), RefusalReason.OPERATION),
    ("CBOR by another name", headers(BUS, smithy_protocol="rpc-v2-json"), RefusalReason.OPERATION),
    ("CBOR on a path of REST", headers(CLUSTER, smithy_protocol="rpc-v2-cbor"), RefusalReason.OPERATION),
    ("CBOR with another method", replace(BUS, method="GET"), RefusalReason.PATH),
    ("CBOR with a query", query("Action=DeleteEventBus", BUS), RefusalReason.PATH),
    ("a form in CBOR", headers(BUS, content_type="application/x-www-form-urlencoded"), RefusalReason.BODY),
    (
        "CBOR to an operation that does not exist",
        path(BUS.path.replace("CreateEventBus", "Explode"), BUS),
        RefusalReason.OPERATION,
    ),
    (
        "CBOR to another service",
        path(BUS.path.replace("/service/", "/service/X"), BUS),
        RefusalReason.OPERATION,
    ),
    (
        "an operation at the host of others",
        headers(replace(QUERY, host=QUERY.host.removeprefix("query-")), host=QUERY.host.removeprefix("query-")),
        RefusalReason.OPERATION,
    ),
    ("JSON with another method", replace(QUEUES, method="GET"), RefusalReason.PATH),
    ("a target that is no operation", headers(QUEUES, x_amz_target="ListQueues"), RefusalReason.OPERATION),
    ("a compressed body that is none", headers(QUEUES, content_encoding="gzip"), RefusalReason.BODY),
    ("an unknown content encoding", headers(QUEUES, content_encoding="br"), RefusalReason.BODY),
    ("another expected owner", headers(LIST, x_amz_expected_bucket_owner="999999999999"), RefusalReason.ACCOUNT),
    (
        "a queue of another account",
        body(
            b'{"QueueUrl":"https://sqs.eu-central-1.amazonaws.com/999999999999/q"}',
            headers(QUEUES, x_amz_target="AmazonSQS.PurgeQueue"),
        ),
        RefusalReason.ACCOUNT,
    ),
    (
        "a copy from an access point",
        headers(
            replace(PUT, body=b""),
            content_encoding=None,
            x_amz_copy_source="arn:aws:s3:eu-central-1:1:accesspoint/x/object/k",
        ),
        RefusalReason.HEADERS,
    ),
    ("a copy whose source has a plus sign", copy_of("shop/a+b"), RefusalReason.HEADERS),
    ("a copy whose source has a dot segment", copy_of("shop/../other/a"), RefusalReason.HEADERS),
    ("a copy whose source has a segment that is one dot", copy_of("shop/./a"), RefusalReason.HEADERS),
    ("a copy whose source is a bucket", copy_of("shop"), RefusalReason.HEADERS),
    ("a copy whose source has no key", copy_of("shop/"), RefusalReason.HEADERS),
    ("a copy whose source has a lone percent sign", copy_of("shop/100%"), RefusalReason.HEADERS),
    ("a copy whose source has a query", copy_of("shop/a?b=c"), RefusalReason.HEADERS),
    ("a copy whose source has two versions", copy_of("shop/a?versionId=b?versionId=c"), RefusalReason.HEADERS),
    ("a copy from an access point's alias", copy_of(f"point-{'x' * 34}-s3alias/a"), RefusalReason.HEADERS),
    *(
        (
            f"an access point by its alias {suffix}",
            caught("s3", "GetObject", {"Bucket": f"point{suffix}", "Key": "a"}),
            RefusalReason.PATH,
        )
        for suffix in ("-s3alias", "--ol-s3", "--op-s3", ".mrap")
    ),
    (
        "an access point of a directory bucket",
        replace(
            headers(PUT, host="s3.eu-central-1.amazonaws.com"),
            host="s3.eu-central-1.amazonaws.com",
            path="/point--euc1-az1--xa-s3/a",
        ),
        RefusalReason.PATH,
    ),
    ("a form in JSON", form_in_json(), RefusalReason.BODY),
    ("JSON without its type", headers(QUEUES, content_type=None), RefusalReason.BODY),
    (
        "JSON in another charset",
        headers(QUEUES, content_type="application/x-amz-json-1.0; charset=utf-16"),
        RefusalReason.BODY,
    ),
    (
        "a form in another charset",
        headers(ROLE, content_type="application/x-www-form-urlencoded; charset=ibm037"),
        RefusalReason.BODY,
    ),
    ("XML in another charset", headers(DELETE, content_type="text/xml; charset=ibm037"), RefusalReason.BODY),
    ("half of a surrogate pair in JSON", body(b'{"QueueNamePrefix":"\\ud83d"}'), RefusalReason.BODY),
    *(
        (f"the queue {url}", queue(url), RefusalReason.BODY)
        for url in ("q", f"{OTHER}/q", f"https://h//{OTHER}/q", f"https://h/a/{OTHER}/q", f"https://h/{OTHER}/q?a", 7)
    ),
    ("a dot segment in a queue", queue(f"https://h/{ACCOUNT}/../{OTHER}/q"), RefusalReason.BODY),
    (
        "XML in another encoding",
        deletion('<?xml version="1.0" encoding="ISO-8859-1"?><Delete><Object><Key>a</Key></Object></Delete>'),
        RefusalReason.BODY,
    ),
    (
        "an instruction in XML",
        deletion("<Delete><Object><Key>a<?x?>b</Key></Object></Delete>"),
        RefusalReason.BODY,
    ),
    ("an element in a text", deletion("<Delete><Object><Key>a<b/>c</Key></Object></Delete>"), RefusalReason.BODY),
    (
        "a table of another account in a transaction",
        body(
            b'{"TransactItems":[{"Put":{"TableName":"arn:aws:dynamodb:eu-central-1:999999999999:table/t","Item":{}}}]}',
            caught("dynamodb", "TransactWriteItems", {"TransactItems": []}),
        ),
        RefusalReason.ACCOUNT,
    ),
    (
        "an event bus of another account",
        caught(
            "events", "PutEvents", {"Entries": [{"EventBusName": f"arn:aws:events:eu-central-1:{OTHER}:event-bus/b"}]}
        ),
        RefusalReason.ACCOUNT,
    ),
    (
        "a key of another account by its alias",
        caught("kms", "Encrypt", {"KeyId": f"arn:aws:kms:eu-central-1:{OTHER}:alias/a", "Plaintext": b"x"}),
        RefusalReason.ACCOUNT,
    ),
    (
        "encryption with a key of another account",
        caught(
            "kms",
            "ReEncrypt",
            {"CiphertextBlob": b"x", "DestinationKeyId": f"arn:aws:kms:eu-central-1:{OTHER}:key/k"},
        ),
        RefusalReason.ACCOUNT,
    ),
    (
        "a bucket that is a path",
        path(
            "/",
            replace(
                headers(PUT, host="s3.eu-central-1.amazonaws.com"), host="s3.eu-central-1.amazonaws.com", path="/a%3Ab"
            ),
        ),
        RefusalReason.OPERATION,
    ),
]


@pytest.mark.parametrize(("request_", "reason"), [pytest.param(one, why, id=name) for name, one, why in _REFUSED])
def test_is_refused(request_: WireRequest, reason: RefusalReason) -> None:
    found = name_call(request_, HOSTS)
    assert isinstance(found, RefusedCall), found
    assert found.reason is reason, found
    assert found.message
    assert KEYS.secret.reveal() not in found.message


@pytest.mark.parametrize(
    "request_",
    [
        QUEUES,
        PUT,
        LIST,
        ROLE,
        CLUSTER,
        DELETE,
        BUS,
        QUERY,
        headers(QUEUES, host=QUEUES.host.upper()),
        copy_of("/shop/a%2Bb/%25/c d?versionId=3/L4+x"),
        queue(f"https://sqs.eu-central-1.amazonaws.com/{ACCOUNT}/q.fifo"),
        deletion("<?xml version='1.0' encoding='UTF-8'?>\n<Delete><Object><Key>a</Key></Object></Delete>"),
        body(b'{"QueueNamePrefix":"\\ud83d\\ude00"}'),
        caught("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Layers": [LAYER]}),
    ],
)
def test_the_requests_that_these_were_made_from_are_named(request_: WireRequest) -> None:
    assert isinstance(name_call(request_, HOSTS), Call)


def verified(request: WireRequest, keys: SessionKeys = KEYS, at: dt.datetime | None = None) -> RefusedCall | None:
    found = read_authorization(request)
    assert isinstance(found, Authorization), found
    return verify(request, found, keys, at or signed_at(request))


def signed_at(request: WireRequest) -> dt.datetime:
    """Return the date of a request that was signed when this file was loaded, perhaps long ago."""
    date = request.header("x-amz-date")
    assert date is not None
    return dt.datetime.strptime(date, "%Y%m%dT%H%M%S%z")


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, method="GET"),
        lambda one: replace(one, path="/x"),
        lambda one: replace(one, query="a=b"),
        lambda one: replace(one, body=b"{ }"),
        with_header(host="sns.eu-central-1.amazonaws.com"),
        with_header(x_amz_target="AmazonSQS.DeleteQueue"),
        with_header(x_amz_security_token="other"),
        with_header(x_amz_security_token=None),
        with_header(x_amz_date="20200101T000000Z"),
    ],
)
def test_a_changed_request_does_not_verify(change: Change) -> None:
    changed = change(QUEUES)
    found = read_authorization(changed)
    refused = found if isinstance(found, RefusedCall) else verify(changed, found, KEYS, now())
    assert refused is not None


def test_another_secret_does_not_verify() -> None:
    keys = SessionKeys(KEYS.key_id, Secret("another"), KEYS.token)
    assert verified(QUEUES, keys) is not None
    assert verified(QUEUES) is None


@pytest.mark.parametrize(("minutes", "is_refused"), [(14, False), (-14, False), (16, True), (-16, True)])
def test_the_date_may_be_15_minutes_off(minutes: int, is_refused: bool) -> None:
    at = signed_at(QUEUES) + dt.timedelta(minutes=minutes)
    assert (verified(QUEUES, at=at) is not None) is is_refused


def test_what_is_sent_has_the_sessions_credentials_and_nothing_of_the_surrogate() -> None:
    call = name_call(headers(PUT, proxy_authorization="Basic eDp5", connection="x-amz-acl"), HOSTS)
    assert isinstance(call, Call)
    real = SessionKeys("ASIAREALREALREALREAL", Secret("real-secret"), Secret("real-token"))
    sent = sign(call, real, now())
    shown = json.dumps(sent.headers)
    assert KEYS.key_id not in shown
    assert "surrogate-token" not in shown
    assert dict(sent.headers)["x-amz-security-token"] == "real-token"
    assert not {"proxy-authorization", "connection", "expect"} & {name for name, _ in sent.headers}
    assert dict(sent.headers)["x-amz-expected-bucket-owner"] == ACCOUNT
    assert "real-secret" not in repr(sent)


def test_an_upload_is_streamed_if_its_digest_is_signed_in_a_header() -> None:
    assert body_rule(replace(PUT, body=None), HOSTS) == (BodyRule.STREAM, 0)
    streamed = name_call(replace(PUT, body=None), HOSTS)
    assert isinstance(streamed, Call)
    sent = dict(sign(streamed, KEYS, now()).headers)
    assert sent["transfer-encoding"] == PUT.header("transfer-encoding") == "chunked"
    invoke = caught("lambda", "Invoke", {"FunctionName": "f", "Payload": b"{}"})
    rule = body_rule(replace(invoke, body=None), HOSTS)
    assert isinstance(rule, tuple)
    assert rule[0] is BodyRule.READ


def test_a_body_that_names_its_operation_or_is_no_blob_is_read_whole() -> None:
    for request in (QUEUES, ROLE, DELETE):
        signed = headers(replace(request, body=None), x_amz_content_sha256="0" * 64)
        assert body_rule(signed, HOSTS) == (BodyRule.READ, 16 << 20)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("CreateFunction", {"FunctionName": "f", "Role": "r", "Code": {"ZipFile": b"x"}}),
        ("UpdateFunctionCode", {"FunctionName": "f", "ZipFile": b"x"}),
        ("PublishLayerVersion", {"LayerName": "l", "Content": {"ZipFile": b"x"}}),
    ],
)
def test_the_code_of_a_function_may_be_larger(operation: str, parameters: dict[str, object]) -> None:
    upload = replace(caught("lambda", operation, parameters), body=None)
    assert body_rule(upload, HOSTS) == (BodyRule.READ, 72 << 20)


def test_an_upload_whose_chunks_are_signed_is_refused_before_it_is_read() -> None:
    chunks = headers(replace(PUT, body=None), x_amz_content_sha256="STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    found = body_rule(chunks, HOSTS)
    assert isinstance(found, RefusedCall)
    assert found.reason is RefusalReason.SIGNED_CHUNKS


@pytest.mark.parametrize("depth", [60, 900])
def test_json_that_is_nested_too_deeply_is_refused(depth: int) -> None:
    nested = body(b'{"a":' + b"[" * depth + b"]" * depth + b"}")
    found = name_call(nested, HOSTS)
    assert isinstance(found, RefusedCall if depth > 64 else Call)
