"""What EKS did not say in the shape that was asked for is unreadable: no entry is taken for gone by it."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.aws.eks import EksSite, discover_cluster
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


def test_a_good_answer_is_read(aws: ScriptedAws) -> None:
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
    "entries: nothing": (ENTRIES, {}),
    "entries: an empty body": (ENTRIES, ""),
    "entries: null": (ENTRIES, {"accessEntries": None}),
    "entries: a text": (ENTRIES, {"accessEntries": "none"}),
    "entries: an object": (ENTRIES, {"accessEntries": {}}),
    "entries: of null": (ENTRIES, {"accessEntries": [None]}),
    "entries: of objects": (ENTRIES, {"accessEntries": [{"principalArn": USER}]}),
    "entries: another list": (ENTRIES, {"clusters": []}),
    "entries: a list": (ENTRIES, []),
    "entries: no json": (ENTRIES, "<html>welcome</html>"),
    "entries: half of it": (ENTRIES, '{"accessEntries": ["'),
    "entries: deep": (ENTRIES, '{"accessEntries": ' + "[" * 100_000),
    "entries: deep beside": (ENTRIES, '{"accessEntries": [], "x": ' + "[" * 300 + "]" * 300 + "}"),
    "entries: many": (ENTRIES, '{"accessEntries": [], "x": [' + "[]," * 1_100_000 + "[]]}"),
    "node groups: nothing": ("/clusters/prod/node-groups", {}),
    "node groups: null": ("/clusters/prod/node-groups", {"nodegroups": None}),
    "a node group: nothing": ("/clusters/prod/node-groups/one", {}),
    "a node group: tags in a list": (
        "/clusters/prod/node-groups/one",
        {"nodegroup": {"nodegroupName": "one", "nodegroupArn": "a", "tags": []}},
    ),
    "a cluster: nothing": ("/clusters/prod", {}),
    "a cluster: null": ("/clusters/prod", {"cluster": None}),
    "a cluster: no status": ("/clusters/prod", _without("/clusters/prod", "cluster", "status")),
    "a cluster: no arn": ("/clusters/prod", _without("/clusters/prod", "cluster", "arn")),
    "a cluster: a list": ("/clusters/prod", {"cluster": []}),
    "a cluster: another mode": (
        "/clusters/prod",
        {"cluster": {**GOOD["/clusters/prod"]["cluster"], "accessConfig": {"authenticationMode": "PASSKEYS"}}},
    ),
    "an entry: nothing": (f"{ENTRIES}/{USER}", {}),
    "an entry: no tags": (f"{ENTRIES}/{USER}", _without(f"{ENTRIES}/{USER}", "accessEntry", "tags")),
    "an entry: no groups": (f"{ENTRIES}/{USER}", _without(f"{ENTRIES}/{USER}", "accessEntry", "kubernetesGroups")),
    "an entry: no principal": (f"{ENTRIES}/{USER}", _without(f"{ENTRIES}/{USER}", "accessEntry", "principalArn")),
    "a cluster: another": (
        "/clusters/prod",
        {"cluster": {**GOOD["/clusters/prod"]["cluster"], "name": "staging"}},
    ),
    "a node group: another": (
        "/clusters/prod/node-groups/one",
        {"nodegroup": {**GOOD["/clusters/prod/node-groups/one"]["nodegroup"], "nodegroupName": "two"}},
    ),
    "an entry: another": (
        f"{ENTRIES}/{USER}",
        {"accessEntry": {**GOOD[f"{ENTRIES}/{USER}"]["accessEntry"], "principalArn": f"{USER}-2"}},
    ),
    "policies: nothing": (f"{ENTRIES}/{USER}/access-policies", {}),
    "policies: null": (f"{ENTRIES}/{USER}/access-policies", {"associatedAccessPolicies": None}),
    "policies: no scope": (
        f"{ENTRIES}/{USER}/access-policies",
        {"associatedAccessPolicies": [{"policyArn": POLICY}]},
    ),
    "policies: a scope of nothing": (
        f"{ENTRIES}/{USER}/access-policies",
        {"associatedAccessPolicies": [{"policyArn": POLICY, "accessScope": {"type": "namespace", "namespaces": []}}]},
    ),
    "policies: another scope": (
        f"{ENTRIES}/{USER}/access-policies",
        {"associatedAccessPolicies": [{"policyArn": POLICY, "accessScope": {"type": "region"}}]},
    ),
}


@pytest.mark.parametrize(("path", "answer"), BAD.values(), ids=BAD)
def test_what_did_not_come_is_not_absent(aws: ScriptedAws, path: str, answer: Body) -> None:
    aws.script = lambda what, _: answer if what == path else copy.deepcopy(GOOD[what])
    with pytest.raises(LeastwayError) as refused:
        observe(aws)
    assert refused.value.fix
    assert aws.called.count(path) == 1, "a wrong answer is not asked for again"
    if path in ("/clusters/prod", "/clusters/prod/node-groups"):
        assert isinstance(discover_cluster(aws.client("eks"), PLACE), Unreadable)


def test_pages_end(aws: ScriptedAws) -> None:
    def circle(what: str, given: dict[str, str]) -> Body:
        following = {"": "a", "a": "b", "b": "a"}[given.get("nextToken", "")]
        return {"accessEntries": [], "nextToken": following} if what == ENTRIES else copy.deepcopy(GOOD[what])

    aws.script = circle
    with pytest.raises(UnreadableAnswerError, match="one comes again"):
        observe(aws)
    assert aws.called.count(ENTRIES) == 3


def test_pages_are_read_to_the_end(aws: ScriptedAws) -> None:
    def two(what: str, given: dict[str, str]) -> Body:
        pages: dict[str, Body] = {"": {"accessEntries": [], "nextToken": "a"}, "a": {"accessEntries": [USER]}}
        return pages[given.get("nextToken", "")] if what == ENTRIES else copy.deepcopy(GOOD[what])

    aws.script = two
    assert len(observe(aws)) == 2


def test_an_endless_chain_of_pages_is_given_up(aws: ScriptedAws) -> None:
    turns = iter(range(100_000))

    def chain(what: str, _: dict[str, str]) -> Body:
        return {"accessEntries": [], "nextToken": str(next(turns))} if what == ENTRIES else copy.deepcopy(GOOD[what])

    aws.script = chain
    with pytest.raises(UnreadableAnswerError, match="more than 2,000 pages"):
        observe(aws)


GUESTS: dict[str, Body] = {"nothing": {}, "null": {"clusters": None, "cluster": None}, "a list": []}


@pytest.mark.parametrize("answer", GUESTS.values(), ids=GUESTS)
def test_an_answer_of_nothing_is_no_access(aws: ScriptedAws, answer: Body) -> None:
    """What says 200 and holds nothing shows neither that a call is allowed nor that it is refused."""
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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_whatever_comes_is_read_or_unreadable(aws: ScriptedAws, data: st.DataObject) -> None:
    answers = copy.deepcopy(GOOD)
    holder, key = data.draw(st.sampled_from(list(_spots(answers[data.draw(st.sampled_from(sorted(answers)))]))))
    holder[key] = copy.deepcopy(data.draw(st.sampled_from(OTHERS)))
    aws.script = lambda what, _: copy.deepcopy(answers[what]) if what in answers else (404, {"message": "x"})
    with contextlib.suppress(LeastwayError):
        observe(aws)
    assert isinstance(discover_cluster(aws.client("eks"), PLACE), ClusterFacts | Unreadable)
