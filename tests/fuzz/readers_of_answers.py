"""Readers of responses and of local state: AWS, Kubernetes, stores, notes, the environment."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import endpoint
from botocore.awsrequest import AWSResponse
from urllib3 import HTTPResponse

from leastway.api.times import read_time, write_time
from leastway.app.register import read_secrets
from leastway.app.server_client import ServerClient
from leastway.app.settings import Settings
from leastway.aws import Accounts, AwsSites, Door, Guests, KeyPair
from leastway.aws.connections import ConnectionPools
from leastway.aws.denied import Denial
from leastway.aws_auth import merge, parse, remove
from leastway.compiler import compile_grant
from leastway.custody import FirstKeys, read_cluster_credentials
from leastway.errors import LeastwayError
from leastway.estate import AuthMode, EstateObject, Place, Realm, RoleIds, Stage, Unreadable
from leastway.export.header import read_header
from leastway.grant import Identity
from leastway.humanitec import api_from_environment
from leastway.kube import Connection, KubernetesSite, can
from leastway.kube.aws_auth_map import AwsAuthMap
from leastway.kube.deploying import Owner, read_runtime
from leastway.kube.marks import claims
from leastway.ports import Observation, SessionKeys
from leastway.primitives import AccountId, Arn, ProxyAddress, Secret, SystemClock, read_bounded_json
from leastway.proof import parse_contract
from leastway.published import parse_profiles
from leastway.sandbox.eks_auth.token import parse_token
from leastway.sandbox.kube.listener import ClusterAuthority
from leastway.store import PendingRemovals, engine, open_store
from tests.fuzz.reader import reader
from tests.unit.aws_auth.texts import BLOCK, NODES, OUR_USER, OURS
from tests.unit.compiler.conftest import ACCOUNT, DEPLOYER, EDIT, EXTERNAL_IDS, S3_ROLE, cluster, facts_of, grant_of

REGION = "eu-central-1"
STATUSES = (200, 200, 200, 200, 400, 403, 404, 409, 500)


def _json(*values: Any) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


# --- Kubernetes ---------------------------------------------------------------------------------------------------

_META: dict[str, Any] = {"name": "humanitec", "namespace": "shop", "uid": "u-1", "resourceVersion": "7"}
_META |= {
    "labels": {"leastway.dev/grant": "acme"},
    "annotations": {"leastway.dev/grant.acme": '["arn:aws:iam::1:role/x"]'},
}
_ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": _META,
    "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"], "resourceNames": ["x"]}],
}
_BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {**_META, "managedFields": [{"manager": "helm", "operation": "Apply"}]},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "humanitec"},
    "subjects": [{"kind": "Group", "name": "humanitec"}, {"kind": "ServiceAccount", "name": "a", "namespace": "b"}],
}
_MAP = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {**_META, "name": "aws-auth"},
    "data": {"mapRoles": NODES + BLOCK},
}
_DENIED = 'roles.rbac.authorization.k8s.io is forbidden: User "jane" cannot list resource "roles" in API group "rbac"'


def _kubernetes_bodies() -> Sequence[bytes]:
    return [
        *_json(
            _ROLE,
            _BINDING,
            _MAP,
            {
                "apiVersion": "v1",
                "kind": "RoleBindingList",
                "metadata": {"continue": ""},
                "items": [_BINDING, _BINDING],
            },
            {"apiVersion": "v1", "kind": "RoleList", "metadata": {}, "items": [_ROLE]},
            {"kind": "Status", "status": "Failure", "message": _DENIED, "reason": "Forbidden", "code": 403},
            {
                "kind": "Status",
                "status": "Failure",
                "message": "x",
                "reason": "NotFound",
                "details": {"kind": "namespaces", "name": "shop"},
            },
            {"kind": "SelfSubjectAccessReview", "status": {"allowed": True, "denied": False}},
        ),
        b"<html><body>502 Bad Gateway</body></html>",
    ]


@cache
def _estate() -> tuple[EstateObject, ...]:
    both, map_ = facts_of("both", AuthMode.API_AND_CONFIG_MAP, "workers"), facts_of("map", AuthMode.CONFIG_MAP)
    facts = {**facts_of("api", AuthMode.API, "workers"), **both, **map_}
    grant = grant_of(
        cluster("api"),
        cluster("both", EDIT, DEPLOYER),
        cluster("map", DEPLOYER),
        identity=Identity.IAM_USER,
        roles=(S3_ROLE,),
    )
    return tuple(compile_grant(grant, facts, EXTERNAL_IDS).estate)


class _Scripted(Connection):
    """A connection that returns the same body for a limited number of requests."""

    def __init__(self, place: Place, status: int, body: bytes) -> None:
        super().__init__("https://127.0.0.1:1", _authority(), lambda: _TOKEN, where=str(place))
        self._answer = status, body
        self._left = 40

    def _open(self) -> Any:
        def request(*_: Any, **__: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise LeastwayError("asked too often")
            status, body = self._answer
            return HTTPResponse(io.BytesIO(body), status=status, preload_content=False)

        return SimpleNamespace(request=request)


@cache
def _authority() -> str:
    return base64.b64encode(ClusterAuthority().pem).decode()


_TOKEN = SimpleNamespace(token=Secret("t"), expires=dt.datetime(2999, 1, 1, tzinfo=dt.UTC))


class _Nothing:
    def keep(self, place: Place, text: str) -> str:
        return ""


@reader(
    "Kubernetes",
    _kubernetes_bodies,
    "kube.reading.read_one",
    "kube.reading.read_every",
    "primitives.bounded_json.read_bounded_json",
)
def _kubernetes(data: bytes, folder: Path) -> str | None:
    place = Place(ACCOUNT, REGION, "both")
    status = _status(data)
    site = KubernetesSite(_Scripted(place, status, data), place, _Nothing(), shadowed=OURS.arn, username="humanitec")
    wanted = [each for each in _estate() if each.address.place == place and each.kind.realm is Realm.KUBERNETES]
    mapping = type(OURS)(place, OURS.arn, OURS.username, OURS.groups)
    told: list[str] = []
    asks: tuple[Callable[[], str], ...] = (
        lambda: _of(site.observe([*wanted, mapping], "acme")),
        lambda: _of(site.read(wanted, "acme")),
        lambda: str(can(_Scripted(place, status, data), "get", "", "pods")),
        lambda: str(AwsAuthMap(_Scripted(place, status, data), place, _Nothing()).read().flaws),
    )
    for ask in asks:
        try:
            told.append(ask())
        except LeastwayError as error:
            told.append(error.diagnostics())
    return None


def _runtime_bodies() -> Sequence[bytes]:
    meta = {
        "name": "web",
        "uid": "u",
        "resourceVersion": "1",
        "labels": Owner("acme", "shop", "dev").labels,
    }
    condition = {"type": "Progressing", "status": "False", "reason": "R", "message": "m"}
    status = {"replicas": 2, "updatedReplicas": 1, "availableReplicas": 1, "conditions": [condition]}
    deployment = {"metadata": meta, "spec": {"replicas": 2}, "status": status}
    return _json({"apiVersion": "apps/v1", "kind": "DeploymentList", "metadata": {}, "items": [deployment]})


@reader("runtime", _runtime_bodies, "kube.deploying.runtime.read_runtime", share=0.3)
def _runtime(data: bytes, folder: Path) -> str | None:
    place = Place(ACCOUNT, REGION, "both")
    found = read_runtime(_Scripted(place, _status(data), data), "shop", Owner("acme", "shop", "dev"), {"u"})
    return str(found)


@reader("annotations", lambda: _json(_META["annotations"]), share=0.2)
def _annotations(data: bytes, folder: Path) -> str | None:
    claims({"leastway.dev/grant.acme": data.decode("utf-8", "replace"), "leastway.dev/grant.other": "[1]"}, "acme")
    return None


@reader(
    "aws-auth",
    lambda: [NODES.encode() + BLOCK.encode(), b"[{rolearn: 'arn:aws:iam::1:role/x', groups: [a, b]}]", b"[]", b"~"],
    "aws_auth.config_map.parse",
    "aws_auth.strict_yaml.read",
    "aws_auth.entry.read_entry",
    share=0.4,
)
def _aws_auth(data: bytes, folder: Path) -> str | None:
    text = data.decode("utf-8", "replace")
    sections: dict[str, str] = {
        "MapRoles": text,
        "mapAccounts": text,
        OURS.section if len(text) % 2 else OUR_USER.section: text,
    }
    parse(sections)
    for ours in (OURS, OUR_USER):
        with suppress(LeastwayError):
            remove(merge(sections, ours), ours.arn)
    return None


# --- AWS ----------------------------------------------------------------------------------------------------------

_POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"eks:*","Resource":"*"}]}'
_MADE = "<CreateDate>2026-01-01T00:00:00Z</CreateDate>"
_ALL = "<IsTruncated>false</IsTruncated>"
_ROLE_HEAD = "<Path>/</Path><RoleName>humanitec-s3</RoleName><RoleId>AROA1</RoleId>"
_ROLE_HEAD += f"<Arn>arn:aws:iam::{ACCOUNT}:role/humanitec-s3</Arn>{_MADE}"
_IAM = {
    "GetRole": f"<Role>{_ROLE_HEAD}<AssumeRolePolicyDocument>{_POLICY}</AssumeRolePolicyDocument>"
    "<MaxSessionDuration>3600</MaxSessionDuration>"
    "<Tags><member><Key>leastway:grant</Key><Value>acme</Value></member></Tags></Role>",
    "ListRoles": f"{_ALL}<Roles><member>{_ROLE_HEAD}</member></Roles>",
    "GetUser": "<User><Path>/</Path><UserName>humanitec</UserName><UserId>AIDA1</UserId>"
    f"<Arn>arn:aws:iam::{ACCOUNT}:user/humanitec</Arn>{_MADE}</User>",
    "ListAccessKeys": "<AccessKeyMetadata><member><UserName>humanitec</UserName><AccessKeyId>AKIAX</AccessKeyId>"
    f"<Status>Active</Status>{_MADE}</member></AccessKeyMetadata>{_ALL}",
    "ListAttachedRolePolicies": "<AttachedPolicies><member><PolicyName>p</PolicyName>"
    f"<PolicyArn>arn:aws:iam::aws:policy/ReadOnlyAccess</PolicyArn></member></AttachedPolicies>{_ALL}",
    "GetPolicy": "<Policy><PolicyName>HumanitecSaaS</PolicyName><PolicyId>ANPA1</PolicyId><Path>/</Path>"
    f"<Arn>arn:aws:iam::{ACCOUNT}:policy/HumanitecSaaS</Arn><DefaultVersionId>v1</DefaultVersionId></Policy>",
    "GetPolicyVersion": f"<PolicyVersion><Document>{_POLICY}</Document><VersionId>v1</VersionId>"
    "<IsDefaultVersion>true</IsDefaultVersion></PolicyVersion>",
}
_ERROR = "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>x is y</Message></Error></ErrorResponse>"


def _iam_bodies() -> Sequence[bytes]:
    bodies = [f"<{name}Response><{name}Result>{inner}</{name}Result></{name}Response>" for name, inner in _IAM.items()]
    errors = [_ERROR.format(code) for code in ("NoSuchEntity", "AccessDenied", "InvalidClientTokenId", "LimitExceeded")]
    return [text.encode() for text in (*bodies, *errors)]


def _eks_bodies() -> Sequence[bytes]:
    entry: dict[str, Any] = {
        "clusterName": "both",
        "principalArn": f"arn:aws:iam::{ACCOUNT}:user/humanitec",
        "kubernetesGroups": ["humanitec"],
    }
    entry |= {
        "username": "humanitec",
        "type": "STANDARD",
        "tags": {"leastway:grant": "acme"},
        "accessEntryArn": "a",
        "createdAt": 1.0,
    }
    facts: dict[str, Any] = {
        "name": "both",
        "arn": "a",
        "status": "ACTIVE",
        "endpoint": "https://127.0.0.1",
        "certificateAuthority": {"data": _authority()},
    }
    facts |= {
        "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
        "tags": {"Humanitec": "true"},
        "version": "1.35",
    }
    return _json(
        {"cluster": facts},
        {"accessEntry": entry},
        {"accessEntries": [entry["principalArn"]], "nextToken": None},
        {
            "associatedAccessPolicies": [
                {
                    "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy",
                    "accessScope": {"type": "namespace", "namespaces": ["shop"]},
                }
            ]
        },
        {"nodegroups": ["workers"]},
        {"nodegroup": {"nodegroupName": "workers", "nodegroupArn": "n", "tags": {}}},
        {"clusters": ["both"]},
        {"__type": "ResourceNotFoundException", "message": "No cluster found for name: both."},
        {
            "code": "AccessDeniedException",
            "Message": "User: x is not authorized to perform: eks:DescribeCluster on resource: y",
        },
    )


@contextmanager
def _answered(status: int, body: bytes) -> Iterator[None]:
    """Answer a limited number of AWS calls with the same body, without waits between retries."""
    left = [60]

    def send(_self: ConnectionPools, request: Any, **_: Any) -> AWSResponse:
        left[0] -= 1
        if left[0] < 0:
            raise LeastwayError("asked too often")
        kind = "text/xml" if body[:1] == b"<" else "application/json"
        raw = SimpleNamespace(stream=lambda *_: iter([body]), read=lambda *_: body)
        headers: Any = {"content-type": kind, "x-amzn-requestid": "r"}
        return AWSResponse(request.url, status, headers, raw)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ConnectionPools, "send", send)
        patch.setattr(endpoint, "time", SimpleNamespace(sleep=lambda _: None, time=lambda: 0.0))
        yield


@cache
def _sites() -> AwsSites:
    accounts = Accounts([Door(ACCOUNT, REGION, KeyPair("AKIDEXAMPLE", Secret("secret")))])
    who = f"<Arn>arn:aws:iam::{ACCOUNT}:user/x</Arn><UserId>A</UserId><Account>{ACCOUNT}</Account>"
    name = "GetCallerIdentity"
    sites = AwsSites(accounts, names=["humanitec"], custody=_NO_KEYS, kubernetes=_no_kubernetes, workers=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ConnectionPools, "send", ConnectionPools.send)
        body = f"<{name}Response><{name}Result>{who}</{name}Result></{name}Response>".encode()
        with _answered(200, body):
            accounts.iam(ACCOUNT)
            accounts.eks(ACCOUNT, REGION)
    return sites


_NO_KEYS: Any = SimpleNamespace(intention=lambda *_: None)


def _no_kubernetes(place: Place) -> Any:
    raise LeastwayError("no way into Kubernetes", where=str(place))


@reader("IAM", _iam_bodies, "aws.iam.documents.read_document")
def _iam(data: bytes, folder: Path) -> str | None:
    place = Place(ACCOUNT)
    wanted = [each for each in _estate() if each.address.place == place]
    sites = _sites()
    with _answered(_status(data), data):
        return _of(sites.site(Realm.IAM, place).observe(wanted, "acme"))


@cache
def _guests() -> Guests:
    return Guests(SystemClock())


@reader("EKS", _eks_bodies, share=0.5)
def _eks(data: bytes, folder: Path) -> str | None:
    place = Place(ACCOUNT, REGION, "both")
    wanted = [each for each in _estate() if each.address.place == place and each.kind.realm is Realm.EKS]
    sites = _sites()
    with _answered(_status(data), data):
        told = [_unreadable(each) for each in sites.discover([place]).values() if isinstance(each, Unreadable)]
        guest = _guests().guest(SessionKeys("AKIDEXAMPLE", Secret("secret")), REGION)
        guest.describe_cluster("both")
        guest.describe_nodegroups("both")
        guest.list_clusters()
        told.append(_of(sites.site(Realm.EKS, place).observe(wanted, "acme")))
    return None


@reader(
    "denial",
    lambda: [
        b"User: arn:aws:iam::1:user/x is not authorized to perform: eks:A on resource: y because no policy allows it"
    ],
    "aws.denied.Denial.parse",
    share=0.2,
)
def _denial(data: bytes, folder: Path) -> str | None:
    found = Denial.parse(data.decode("utf-8", "replace"), "eks:X")
    return LeastwayError(found.what, fix=found.fix).diagnostics()


@reader("token", lambda: [_token()], share=0.3)
def _eks_token(data: bytes, folder: Path) -> str | None:
    return None if parse_token(data.decode("utf-8", "replace"), "both", SystemClock()) else "the token is refused"


def _token() -> bytes:
    url = "https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
    url += "&X-Amz-Algorithm=AWS4-HMAC-SHA256"
    url += "&X-Amz-Credential=AKIA%2F20990101%2Feu-central-1%2Fsts%2Faws4_request"
    url += "&X-Amz-Date=20990101T000000Z&X-Amz-Expires=60"
    url += "&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=0"
    return b"k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).rstrip(b"=")


# --- this machine -------------------------------------------------------------------------------------------------


@cache
def _store() -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "s.db")
        with open_store(path) as store:
            store.keep("acme", {(ACCOUNT, ""): RoleIds("y" * 40, ("z" * 40,), Stage.SEVERAL)})
            store.touch("acme", [(Realm.IAM, Place(ACCOUNT))])
            store.remember_file("acme", "/x/grant.yaml")
            store.remember_made("acme", {each.address: "AROA1" for each in _estate()[:3]})
        return path.read_bytes()


@reader(
    "credentials",
    lambda: _json({"aws_access_key_id": "AKIAX", "aws_secret_access_key": "s"}),
    "custody.cluster_credentials.read_cluster_credentials",
    share=0.5,
)
def _credentials(data: bytes, folder: Path) -> str | None:
    (folder / "k.json").write_bytes(data)
    read_cluster_credentials(folder / "k.json")
    return None


@reader("notes", lambda: _json({"existing": ["AKIAX"]}, [{"what": "a", "unique_id": "b", "planned": "c"}]), share=0.5)
def _notes(data: bytes, folder: Path) -> str | None:
    (folder / ".1-u.intention.json").write_bytes(data)
    (folder / "begun.json").write_bytes(data)
    with suppress(LeastwayError):
        FirstKeys(folder).intention("1", "u")
    PendingRemovals(folder / "begun.json")._read()
    return None


@reader("store", lambda: [_store()], "store.made.read", share=0.3)
def _store_file(data: bytes, folder: Path) -> str | None:
    for name in ("s.db", "s.db-wal", "s.db-shm"):
        (folder / name).unlink(missing_ok=True)
    (folder / "s.db").write_bytes(data)
    with open_store(folder / "s.db") as store:
        store.external_ids("acme")
        store.keep("acme", {(ACCOUNT, "humanitec-s3"): RoleIds("x" * 40)})
        store.file_of("acme")
        store.touched("acme")
        store.made("acme")
    return None


@reader(
    "store URL", lambda: [b"postgresql+psycopg://u:p@127.0.0.1:1/x?a=b", b"sqlite:///x.db", b"mysql://h"], share=0.3
)
def _store_url(data: bytes, folder: Path) -> str | None:
    url = engine._url(data.decode("utf-8", "replace"), "LEASTWAY_STORE")
    if url.get_backend_name() == "sqlite":
        return None
    engine._engine(url).dispose()
    return None


@reader(
    "environment",
    lambda: [b"/var/lib/x\0sqlite:///a\0/home/x", b"\0\0"],
    "app.settings.Settings.from_environment",
    share=0.2,
)
def _environment(data: bytes, folder: Path) -> str | None:
    texts = [os.fsdecode(each) for each in data.split(b"\0")]
    names = ("LEASTWAY_STATE", "LEASTWAY_STORE", "XDG_STATE_HOME")
    found = Settings.from_environment(dict(zip(names, texts, strict=False)))
    str((found.keys, found.backups, found.evidence, found.store))
    return None


@reader(
    "environment of a server's client",
    lambda: [b"https://host:1/path\0lwt_x\0acme\0https://api.example\0token", b"http://127.0.0.1:1\0\0\0\0"],
    "app.server_client.ServerClient.from_environment",
    share=0.3,
)
def _client_environment(data: bytes, folder: Path) -> str | None:
    texts = [each.decode("utf-8", "replace") for each in data.split(b"\0")]
    names = ("LEASTWAY_URL", "LEASTWAY_TOKEN", "HUMANITEC_ORG", "HUMANITEC_URL", "HUMANITEC_TOKEN")
    environment = dict(zip(names, texts, strict=False))
    for read in (ServerClient.from_environment, partial(api_from_environment, where="register")):
        try:
            read(environment)
        except LeastwayError as error:
            str(error)
    return None


@reader("humctl's file", lambda: [b"apiPrefix: https://api.example\norg: acme\ntoken: x\n", b"{org: [a]}"], share=0.3)
def _humctl(data: bytes, folder: Path) -> str | None:
    (folder / ".humctl").write_bytes(data)
    api_from_environment({"HOME": str(folder)}, where="register")
    return None


@reader("file of secrets", lambda: [b'{"a_key_id": "x"}', b'{"a": 3}'], "app.register.read_secrets", share=0.3)
def _secrets(data: bytes, folder: Path) -> str | None:
    path = folder / "secrets.json"
    path.write_bytes(data)
    path.chmod(0o600)
    read_secrets(path)
    return None


@reader(
    "published profiles",
    lambda: [
        b'[{"name":"a","version":"1","published":"2026-01-02","digest":"sha256:x","addresses":["192.0.2.1/32"]}]',
        b"[{}]",
    ],
    "published.profiles.parse_profiles",
    share=0.3,
)
def _published_profiles(data: bytes, folder: Path) -> str | None:
    try:
        parse_profiles(data)
    except ValueError as error:
        return str(error)
    return None


_CONTRACT = (
    b'{"format":"leastway.dev/contract/v1","grant":"a","platform":"p 1","account":"111122223333","principal":null,'
    b'"bound":{"identity":[],"boundary":[{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],'
    b'"Resource":"*"}]}]},"roles":{},"clusters":[{"region":"r","name":"n","access":[{"policy":"view",'
    b'"namespaces":["x"]},{"group":"g","rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}],'
    b'"namespaces":[]}]}]}'
)


@reader(
    "contract",
    lambda: [_CONTRACT],
    "proof.contract_document.parse_contract",
)
def _contract(data: bytes, folder: Path) -> str | None:
    try:
        read = parse_contract(read_bounded_json(data))
    except ValueError as error:
        return str(error)
    assert parse_contract(json.loads(read.content)).digest == read.digest
    return None


@reader("time", lambda: [b"2026-11-28T12:00:00.123Z", b"2026-11-28T12:00:00+02:00"], "api.times.read_time", share=0.2)
def _time(data: bytes, folder: Path) -> str | None:
    try:
        write_time(read_time("from", data.decode("utf-8", "replace")))
    except LeastwayError as error:
        return str(error)
    return None


@reader(
    "words",
    lambda: [b"arn:aws:iam::111122223333:role/x", b"111122223333", b"http://u:p@proxy:3128"],
    "primitives.arn.Arn.parse",
    "primitives.proxy.ProxyAddress.parse",
    share=0.3,
)
def _words(data: bytes, folder: Path) -> str | None:
    text = data.decode("utf-8", "replace")
    for read in (Arn.parse, AccountId, lambda text: ProxyAddress.parse(text, where="x")):
        try:
            read(text)
        except LeastwayError as error:
            error.diagnostics()
    return None


@reader("export's header", lambda: [_header()], "export.header.read_header", share=0.2)
def _export_header(data: bytes, folder: Path) -> str | None:
    read_header(data.decode("utf-8", "replace"))
    return None


def _header() -> bytes:
    golden = Path(__file__).parents[1] / "golden" / "export" / "user" / "aws-cli"
    return next(path for path in golden.rglob("*") if path.is_file()).read_bytes()[:2000]


def _status(data: bytes) -> int:
    return STATUSES[hashlib.sha256(data).digest()[0] % len(STATUSES)]


def _of(observation: Observation) -> str:
    return "\n".join(map(_unreadable, observation.unreadable))


def _unreadable(problem: Unreadable) -> str:
    assert "internal error" not in problem.reason, problem
    return LeastwayError(problem.reason, where=str(problem.where), fix=problem.fix).diagnostics()
