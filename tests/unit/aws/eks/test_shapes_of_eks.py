"""An EKS response with an unexpected shape is unreadable, and never makes an entry look absent."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.aws.eks import EksSite, discover_cluster
from leastway.aws.eks.paging import every
from leastway.aws.guests import Guest
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError
from leastway.estate import AccessEntry, AccessPolicy, ClusterFacts, Place, Unreadable
from leastway.ports import SessionKeys, UnreadableAnswerError
from leastway.primitives import Secret, SystemClock
from tests.unit.aws.scripted import Body, ScriptedAws

PLACE = Place("111122223333", "eu-central-1", "prod")
USER = "arn:aws:iam::111122223333:user/humanitec"
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
ENTRIES = "/clusters/prod/access-entries"
GOOD: dict[str, Any] = {
    "/clusters": {"clusters": ["prod"], "nextToken": None},
    "/clusters/prod": {
        "cluster": {
            "name": "prod",
            "arn": "arn:aws:eks:eu-central-1:111122223333:cluster/prod",
            "status": "ACTIVE",
            "endpoint": "https://prod.example",
            "certificateAuthority": {"data": "LS0t"},
            "createdAt": 1.5,
            "tags": {"a": "b"},
            "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": None},
        }
    },
    "/clusters/prod/node-groups": {"nodegroups": ["one"]},
    "/clusters/prod/node-groups/one": {
        "nodegroup": {
            "nodegroupName": "one",
            "nodegroupArn": "arn:aws:eks:eu-central-1:111122223333:nodegroup/prod/one/1",
            "tags": {},
        }
    },
    ENTRIES: {"accessEntries": [USER]},
    f"{ENTRIES}/{USER}": {
        "accessEntry": {
            "clusterName": "prod",
            "principalArn": USER,
            "kubernetesGroups": ["humanitec"],
            "accessEntryArn": "arn:aws:eks:eu-central-1:111122223333:access-entry/prod/user/111122223333/humanitec/1",
            "tags": {"leastway:grant": "acme"},
            "username": USER,
            "type": "STANDARD",
        }
    },
    f"{ENTRIES}/{USER}/access-policies": {
        "associatedAccessPolicies": [
            {"policyArn": POLICY, "accessScope": {"type": "namespace", "namespaces": ["shop"]}}
        ],
        "clusterName": "prod",
    },
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> ScriptedAws:
    aws = ScriptedAws(monkeypatch)
    aws.script = lambda what, _: copy.deepcopy(GOOD[what])
    return aws


def observe(aws: ScriptedAws) -> set[object]:
    site = EksSite(aws.client("eks"), PLACE, ["humanitec"], contextlib.nullcontext())
    seen = site.observe([], "acme")
    assert not seen.unreadable
    return {observed.object for observed in seen.objects.values()}


def test_a_valid_response_is_read(aws: ScriptedAws) -> None:
    assert observe(aws) == {
        AccessEntry(PLACE, USER, groups=frozenset({"humanitec"})),
        AccessPolicy(PLACE, USER, POLICY, frozenset({"shop"})),
    }


def _without(path: str, *keys: str) -> Body:
    answer = copy.deepcopy(GOOD[path])
    holder = answer
    for key in keys[:-1]:
        holder = holder[key]
    del holder[keys[-1]]
    return answer  # type: ignore[no-any-return]


BAD: dict[str, tuple[str, Body]] = {
    "entries: empty object": (ENTRIES, {}),
    "entries: empty body": (ENTRIES, ""),
    "entries: null": (ENTRIES, {"accessEntries": None}),
    "entries: string": (ENTRIES, {"accessEntries": "none"}),
    "entries: object instead of list": (ENTRIES, {"accessEntries": {}}),
    "entries: list of null": (ENTRIES, {"accessEntries": [None]}),
    "entries: list of objects": (ENTRIES, {"accessEntries": [{"principalArn": USER}]}),
    "entries: another list": (ENTRIES, {"clusters": []}),
    "entries: list as body": (ENTRIES, []),
    "entries: not json": (ENTRIES, "<html>welcome</html>"),
    "entries: truncated": (ENTRIES, '{"accessEntries": ["'),
    "entries: deeply nested": (ENTRIES, '{"accessEntries": ' + "[" * 100_000),
    "entries: deeply nested unknown member": (ENTRIES, '{"accessEntries": [], "x": ' + "[" * 300 + "]" * 300 + "}"),
    "entries: too many values": (ENTRIES, '{"accessEntries": [], "x": [' + "[]," * 1_100_000 + "[]]}"),
    "node groups: empty object": ("/clusters/prod/node-groups", {}),
    "node groups: null": ("/clusters/prod/node-groups", {"nodegroups": None}),
    "node group: empty object": ("/clusters/prod/node-groups/one", {}),
    "node group: tags in a list": (
        "/clusters/prod/node-groups/one",
        {"nodegroup": {"nodegroupName": "one", "nodegroupArn": "a", "tags": []}},
    ),
    "cluster: empty object": ("/clusters/prod", {}),
    "cluster: null": ("/clusters/prod", {"cluster": None}),
    "cluster: no status": ("/clusters/prod", _without("/clusters/prod", "cluster", "status")),
    "cluster: no arn": ("/clusters/prod", _without("/clusters/prod", "cluster", "arn")),
    "cluster: list": ("/clusters/prod", {"cluster": []}),
    "cluster: unknown mode": (
        "/clusters/prod",
        {"cluster": {**GOOD["/clusters/prod"]["cluster"], "accessConfig": {"authenticationMode": "PASSKEYS"}}},
    ),
    "entry: empty object": (f"{ENTRIES}/{USER}", {}),
    "entry: no tags": (f"{ENTRIES}/{USER}", _without(f"{ENTRIES}/{USER}", "accessEntry", "tags")),
    "entry: no groups": (f"{ENTRIES}/{USER}", _without(f"{ENTRIES}/{USER}", "accessEntry", "kubernetesGroups")),
    "entry: no principal": (f"{ENTRIES}/{USER}", _without(f"{ENTRIES}/{USER}", "accessEntry", "principalArn")),
    "cluster: another cluster": (
        "/clusters/prod",
        {"cluster": {**GOOD["/clusters/prod"]["cluster"], "name": "staging"}},
    ),
    "node group: another node group": (
        "/clusters/prod/node-groups/one",
        {"nodegroup": {**GOOD["/clusters/prod/node-groups/one"]["nodegroup"], "nodegroupName": "two"}},
    ),
    "entry: another entry": (
        f"{ENTRIES}/{USER}",
        {"accessEntry": {**GOOD[f"{ENTRIES}/{USER}"]["accessEntry"], "principalArn": f"{USER}-2"}},
    ),
    "policies: empty object": (f"{ENTRIES}/{USER}/access-policies", {}),
    "policies: null": (f"{ENTRIES}/{USER}/access-policies", {"associatedAccessPolicies": None}),
    "policies: no scope": (
        f"{ENTRIES}/{USER}/access-policies",
        {"associatedAccessPolicies": [{"policyArn": POLICY}]},
    ),
    "policies: empty scope": (
        f"{ENTRIES}/{USER}/access-policies",
        {"associatedAccessPolicies": [{"policyArn": POLICY, "accessScope": {"type": "namespace", "namespaces": []}}]},
    ),
    "policies: unknown scope": (
        f"{ENTRIES}/{USER}/access-policies",
        {"associatedAccessPolicies": [{"policyArn": POLICY, "accessScope": {"type": "region"}}]},
    ),
}


@pytest.mark.parametrize(("path", "answer"), BAD.values(), ids=BAD)
def test_an_invalid_response_does_not_make_an_object_absent(aws: ScriptedAws, path: str, answer: Body) -> None:
    aws.script = lambda what, _: answer if what == path else copy.deepcopy(GOOD[what])
    with pytest.raises(LeastwayError) as refused:
        observe(aws)
    assert refused.value.fix
    assert aws.called.count(path) == 1, "an invalid response is not retried"
    if path in ("/clusters/prod", "/clusters/prod/node-groups"):
        assert isinstance(discover_cluster(aws.client("eks"), PLACE), Unreadable)


def test_a_repeated_page_token_is_an_error(aws: ScriptedAws) -> None:
    def circle(what: str, given: dict[str, str]) -> Body:
        following = {"": "a", "a": "b", "b": "a"}[given.get("nextToken", "")]
        return {"accessEntries": [], "nextToken": following} if what == ENTRIES else copy.deepcopy(GOOD[what])

    aws.script = circle
    with pytest.raises(UnreadableAnswerError, match="a page token is repeated"):
        observe(aws)
    assert aws.called.count(ENTRIES) == 3


def test_all_pages_are_read(aws: ScriptedAws) -> None:
    def two(what: str, given: dict[str, str]) -> Body:
        pages: dict[str, Body] = {"": {"accessEntries": [], "nextToken": "a"}, "a": {"accessEntries": [USER]}}
        return pages[given.get("nextToken", "")] if what == ENTRIES else copy.deepcopy(GOOD[what])

    aws.script = two
    assert len(observe(aws)) == 2


def test_reading_stops_after_too_many_pages() -> None:
    turns = iter(range(100_000))
    eks: Any = SimpleNamespace(
        list_access_entries=lambda **_given: {"accessEntries": [], "nextToken": str(next(turns))}
    )
    with pytest.raises(UnreadableAnswerError, match="more than 2,000 pages"):
        list(every(eks, "list_access_entries", "accessEntries"))
    assert next(turns) == 2_000


GUESTS: dict[str, Body] = {"empty object": {}, "null": {"clusters": None, "cluster": None}, "list": []}


@pytest.mark.parametrize("answer", GUESTS.values(), ids=GUESTS)
def test_an_empty_response_does_not_count_as_allowed_or_denied(aws: ScriptedAws, answer: Body) -> None:
    """A response with status 200 and no content shows neither that a call is allowed nor that it is denied."""
    aws.script = lambda _what, _given: answer
    guest = Guest(SessionKeys("AKIDEXAMPLE", Secret("secret")), "eu-central-1", LendingSession(), SystemClock())
    calls: list[Callable[[], object]] = [
        guest.list_clusters,
        lambda: guest.describe_cluster("prod"),
        lambda: guest.describe_nodegroups("prod"),
        lambda: guest.delete_cluster("prod"),
    ]
    for call in calls:
        with pytest.raises(LeastwayError):
            call()


OTHERS: list[Any] = [None, True, 0, 1.5, "", "x", [], ["x"], [None], {}, {"x": "y"}]


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from _spots(inner)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_any_response_is_read_or_unreadable(aws: ScriptedAws, data: st.DataObject) -> None:
    answers = copy.deepcopy(GOOD)
    holder, key = data.draw(st.sampled_from(list(_spots(answers[data.draw(st.sampled_from(sorted(answers)))]))))
    holder[key] = copy.deepcopy(data.draw(st.sampled_from(OTHERS)))
    aws.script = lambda what, _: copy.deepcopy(answers[what]) if what in answers else (404, {"message": "x"})
    with contextlib.suppress(LeastwayError):
        observe(aws)
    assert isinstance(discover_cluster(aws.client("eks"), PLACE), ClusterFacts | Unreadable)
