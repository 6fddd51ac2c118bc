"""Compares leastway's tokens and the sandbox's token check with the real authenticator."""

import base64
import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from leastway.aws.eks_token import sign_token
from leastway.primitives import SystemClock
from leastway.sandbox.eks_auth import PresignedCall
from leastway.sandbox.eks_auth.token import parse_token
from tests.contract.kube.world.aws import FakeAws
from tests.contract.kube.world.judge import Judge, find_judge
from tests.contract.kube.world.stage import CLUSTER
from tests.contract.kube.world.token import REGION, eks_token

pytestmark = pytest.mark.integration

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
LONGEST = 4096


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    program = find_judge()
    if program is None:
        pytest.skip("KUBEBUILDER_ASSETS names no aws-auth-judge: see docs/kube-assets.md")
    judge = Judge(program)
    yield judge
    judge.close()


def leastways(cluster: str, session_token: str | None = None) -> str:
    """Return a token signed by leastway, for an unknown key."""
    credentials = ReadOnlyCredentials(KEY_ID, secrets.token_hex(20), session_token)
    now = dt.datetime.now(dt.UTC)
    signed = sign_token(credentials, cluster=cluster, region=REGION, now=now, expiry=None)
    return signed.token.reveal()


@pytest.mark.parametrize("session_token", [None, "a", "IQoJb3JpZ2luX2VjE+/=" * 40])
@pytest.mark.parametrize("cluster", ["prod", "a" * 100, "Team_1-x"])
def test_the_authenticator_accepts_leastways_token(judge: Judge, cluster: str, session_token: str | None) -> None:
    taken = judge.taken(leastways(cluster, session_token), cluster)
    assert taken.problem == ""
    assert (taken.host, taken.cluster, taken.access_key_id) == (f"sts.{REGION}.amazonaws.com", cluster, KEY_ID)
    asked = dict(parse_qsl(taken.target.partition("?")[2]))
    assert asked["Action"] == "GetCallerIdentity"
    assert set(asked["X-Amz-SignedHeaders"].split(";")) == {"host", "x-k8s-aws-id"}
    assert asked.get("X-Amz-Security-Token") == session_token


def test_a_token_is_signed_for_one_cluster_only(judge: Judge) -> None:
    """The authenticator sends its own cluster's name, and STS checks whether that name was signed."""
    aws = FakeAws()
    arn, key = aws.user("platform")
    now = dt.datetime.now(dt.UTC)
    credentials = ReadOnlyCredentials(key.access_key_id, key.secret, None)
    signed = sign_token(credentials, cluster=CLUSTER, region=REGION, now=now, expiry=None)
    for cluster, expected in ((CLUSTER, arn), ("staging", None)):
        taken = judge.taken(signed.token.reveal(), cluster)
        assert taken.problem == ""
        identity = aws.identity_of(
            PresignedCall(taken.host, taken.target, {"x-k8s-aws-id": taken.cluster}, taken.access_key_id)
        )
        assert (identity and identity.arn) == expected


def encoded(url: str) -> str:
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def long(length: int) -> str:
    """Return a token of that many bytes, a multiple of four plus three."""
    _, key = FakeAws().user("platform")
    plain = base64.urlsafe_b64decode(eks_token(key, CLUSTER).removeprefix("k8s-aws-v1.") + "==").decode()
    room = (length - len("k8s-aws-v1.")) * 3 // 4 - len(f"{plain}&X-Amz-Security-Token=")
    token = encoded(f"{plain}&X-Amz-Security-Token={'a' * room}")
    assert len(token) == length
    return token


def agree(judge: Judge, token: str) -> bool:
    """Say whether both accept the token; they must agree, also on the call to STS."""
    ours = parse_token(token, CLUSTER, SystemClock())
    theirs = judge.taken(token, CLUSTER)
    if ours is None:
        assert theirs.problem, "only the sandbox rejects it"
        assert theirs.host == "", "STS is asked"
        return False
    assert not theirs.problem, f"only the sandbox accepts it: {theirs.problem}"
    assert (ours.host, ours.target, ours.access_key_id) == (theirs.host, theirs.target, theirs.access_key_id)
    assert ours.headers["x-k8s-aws-id"] == theirs.cluster
    return True


def test_both_accept_up_to_4096_bytes(judge: Judge) -> None:
    assert agree(judge, long(LONGEST - 1))
    assert not agree(judge, long(LONGEST + 1))


def when(minutes: float) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)).strftime("%Y%m%dT%H%M%SZ")


NAMES = st.sampled_from(
    ["Action", "Version", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"]
)
VALUES = st.one_of(
    st.sampled_from(["", "0", "-1", "60", "900", "901", "1000", "x", "GetCallerIdentity", "getcalleridentity"]),
    st.sampled_from(["host", "x-k8s-aws-id", "X-K8s-Aws-Id;host", "host;x-k8s-aws-idx", "host,x-k8s-aws-id"]),
    st.sampled_from([-20, -15.1, -14, 0, 14, 60]).map(when),
    st.sampled_from(["20260230T000000Z", "2026-01-01T00:00:00Z", f"{KEY_ID}/20260101/eu-central-1/sts/aws4_request"]),
)
Edit = Callable[[list[tuple[str, str]]], list[tuple[str, str]]]
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.tuples(NAMES, VALUES).map(lambda new: lambda query: [(k, new[1] if k == new[0] else v) for k, v in query]),
    NAMES.map(lambda gone: lambda query: [pair for pair in query if pair[0] != gone]),
    NAMES.map(lambda twice: lambda query: query + [pair for pair in query if pair[0] == twice]),
    NAMES.map(lambda name: lambda query: [(k.lower() if k == name else k, v) for k, v in query]),
    NAMES.map(lambda name: lambda query: query + [(k.upper(), v) for k, v in query if k == name]),
    st.just(lambda query: [*query, ("X-Amz-Security-Token", "a+/=")]),
    st.just(lambda query: [*query, ("Extra", "1")]),
    st.just(lambda query: query[::-1]),
)
BASES = st.sampled_from(
    [
        "https://sts.eu-central-1.amazonaws.com/",
        "https://sts.amazonaws.com/",
        "http://sts.amazonaws.com/",
        "https://sts.amazonaws.com",
        "https://sts.amazonaws.com/x",
        "https://sts.amazonaws.com:443/",
        "https://sts.amazonaws.com.example.org/",
        "https://127.0.0.1/",
        "//sts.amazonaws.com/",
    ]
)


@settings(max_examples=400, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=st.lists(EDITS, max_size=3), base=st.one_of(st.just("https://sts.amazonaws.com/"), BASES))
def test_the_sandbox_accepts_the_tokens_that_the_authenticator_accepts(
    judge: Judge, edits: list[Edit], base: str
) -> None:
    query = [
        ("Action", "GetCallerIdentity"),
        ("Version", "2011-06-15"),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", f"{KEY_ID}/20260101/us-east-1/sts/aws4_request"),
        ("X-Amz-Date", when(-1)),
        ("X-Amz-Expires", "60"),
        ("X-Amz-SignedHeaders", "host;x-k8s-aws-id"),
        ("X-Amz-Signature", "0" * 64),
    ]
    for edit in edits:
        query = edit(query)
    event("accepted" if agree(judge, encoded(f"{base}?{urlencode(query, quote_via=quote)}")) else "rejected")


@settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(alphabet="k8sawv1-.=_/+ aGVsbG8", max_size=30))
def test_text_that_is_not_a_token_is_rejected_by_both(judge: Judge, text: str) -> None:
    assert not agree(judge, text)
    assert not agree(judge, f"k8s-aws-v1.{text}")
