"""An answer of an unexpected shape is unreadable: neither empty nor absent."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.estate import AwsAuthMapping, Mark, Observed, Place, RbacBinding, RbacRole
from leastway.kube import Backups, Connection, KubernetesSite, can
from leastway.kube.aws_auth_map import AwsAuthMap
from leastway.kube.connection import Json
from leastway.kube.reading import CONFIG_MAPS, ROLE_BINDING, ROLES, ApiKind, checked, read_every, read_one, removed
from leastway.ports import UnreadableAnswerError

PLACE = Place("111122223333", "eu-central-1", "prod")
RBAC = "rbac.authorization.k8s.io/v1"
META: Json = {"name": "x", "namespace": "shop", "uid": "u", "resourceVersion": "1", "labels": {"a": "b"}}
ROLE: Json = {
    "apiVersion": RBAC,
    "kind": "Role",
    "metadata": {**META, "managedFields": [{"manager": "kubectl"}]},
    "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], "resourceNames": ["a"]}],
}
BINDING: Json = {
    "apiVersion": RBAC,
    "kind": "RoleBinding",
    "metadata": META,
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "x"},
    "subjects": [{"kind": "ServiceAccount", "name": "robot", "namespace": "shop"}],
}
MAP: Json = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {**META, "name": "aws-auth", "namespace": "kube-system", "annotations": {"a": "b"}},
    "data": {"mapRoles": ""},
}
ROLE_LIST: Json = {"apiVersion": RBAC, "kind": "RoleList", "metadata": {"resourceVersion": "9"}, "items": [ROLE]}
REVIEW: Json = {
    "apiVersion": "authorization.k8s.io/v1",
    "kind": "SelfSubjectAccessReview",
    "status": {"allowed": True, "denied": False},
}


class Scripted:
    """A connection that gives each request the next answer, repeating the last one."""

    where = "a/b/c"

    def __init__(self, *answers: Json) -> None:
        self.answers = list(answers)
        self.asked = 0

    def request(self, *_: object, **__: object) -> Json:
        self.asked += 1
        return copy.deepcopy(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])

    def close(self) -> None: ...


def over(*answers: Json) -> Connection:
    return cast("Connection", Scripted(*answers))


def listed(*pages: Json) -> list[Json]:
    return list(read_every(over(*pages), "/x", ROLES, {}))


ANY: dict[str, Json] = {
    "nothing": {},
    "no kind": {"apiVersion": RBAC, "metadata": META, "items": []},
    "another kind": {**MAP},
    "another kind of list": {**ROLE_LIST, "kind": "SecretList"},
    "another version": {**ROLE, "apiVersion": "rbac.authorization.k8s.io/v1beta1"},
    "a status": {"apiVersion": "v1", "kind": "Status", "status": "Success", "metadata": {}},
    "a table": {"apiVersion": "meta.k8s.io/v1", "kind": "Table", "metadata": {}, "rows": [], "items": []},
    "a kind that is not a string": {**ROLE, "kind": ["Role"]},
}
LISTS: dict[str, Json] = {
    **ANY,
    "one object": ROLE,
    "no items": {key: value for key, value in ROLE_LIST.items() if key != "items"},
    "null items": {**ROLE_LIST, "items": None},
    "items that are an object": {**ROLE_LIST, "items": {}},
    "items that are a string": {**ROLE_LIST, "items": ""},
    "an item that is a string": {**ROLE_LIST, "items": ["x"]},
    "a null item": {**ROLE_LIST, "items": [None]},
    "an item of another kind": {**ROLE_LIST, "items": [{**ROLE, "kind": "ClusterRole"}]},
    "an item without metadata": {**ROLE_LIST, "items": [{"rules": []}]},
    "an item without a uid": {**ROLE_LIST, "items": [{"metadata": {"name": "x", "resourceVersion": "1"}}]},
    "an item whose labels are a list": {**ROLE_LIST, "items": [{**ROLE, "metadata": {**META, "labels": ["a"]}}]},
    "no metadata": {key: value for key, value in ROLE_LIST.items() if key != "metadata"},
    "a continuation that is a number": {**ROLE_LIST, "metadata": {"continue": 5}},
}


@pytest.mark.parametrize("page", LISTS.values(), ids=LISTS)
def test_an_answer_that_is_not_such_a_list_is_unreadable(page: Json) -> None:
    with pytest.raises(UnreadableAnswerError, match="a/b/c: the answer cannot be read") as refused:
        listed(page)
    assert refused.value.fix
    first = {**ROLE_LIST, "metadata": {"continue": "2"}}
    with pytest.raises(UnreadableAnswerError):
        listed(first, page)


def test_lists_are_read_page_by_page() -> None:
    bare = {key: value for key, value in ROLE.items() if key not in ("apiVersion", "kind")}
    pages = [{**ROLE_LIST, "metadata": {"continue": "2"}}, {**ROLE_LIST, "items": [bare]}]
    assert listed(*pages) == [ROLE, bare]
    assert listed({**ROLE_LIST, "items": [], "metadata": {"continue": ""}}) == []


def test_a_list_with_repeated_or_endless_pages_is_unreadable() -> None:
    a, b = ({**ROLE_LIST, "items": [], "metadata": {"continue": token}} for token in "ab")
    with pytest.raises(UnreadableAnswerError, match="a page was repeated"):
        listed(a, b, a, b, a)
    turns = ({**ROLE_LIST, "items": [], "metadata": {"continue": str(number)}} for number in range(10_000))
    with pytest.raises(UnreadableAnswerError, match=r"more than 2,000 pages"):
        listed(*turns)


OBJECTS: dict[str, tuple[Json, ApiKind, Json]] = {
    **{f"role: {name}": (ROLE, ROLES, answer) for name, answer in ANY.items()},
    "role: a list": (ROLE, ROLES, ROLE_LIST),
    "role: another name": (ROLE, ROLES, {**ROLE, "metadata": {**META, "name": "y"}}),
    "role: another namespace": (ROLE, ROLES, {**ROLE, "metadata": {**META, "namespace": "y"}}),
    "role: no version": (ROLE, ROLES, {**ROLE, "metadata": {"name": "x", "namespace": "shop", "uid": "u"}}),
    "role: rules that are an object": (ROLE, ROLES, {**ROLE, "rules": {}}),
    "role: a rule without verbs": (ROLE, ROLES, {**ROLE, "rules": [{"resources": ["pods"]}]}),
    "role: verbs that are a string": (ROLE, ROLES, {**ROLE, "rules": [{"verbs": "get"}]}),
    "binding: no role": (BINDING, ROLE_BINDING, {**BINDING, "roleRef": None}),
    "binding: subjects that are a string": (BINDING, ROLE_BINDING, {**BINDING, "subjects": "Group/x"}),
    "binding: a subject without a kind": (BINDING, ROLE_BINDING, {**BINDING, "subjects": [{"name": "x"}]}),
    "map: data that is a list": (MAP, CONFIG_MAPS, {**MAP, "data": []}),
    "map: data that is not a string": (MAP, CONFIG_MAPS, {**MAP, "data": {"mapRoles": []}}),
    "map: null data": (MAP, CONFIG_MAPS, {**MAP, "data": {"mapRoles": None}}),
    "map: annotations that are not strings": (
        MAP,
        CONFIG_MAPS,
        {**MAP, "metadata": {**MAP["metadata"], "annotations": {"a": 1}}},
    ),
}


@pytest.mark.parametrize(("right", "resource", "answer"), OBJECTS.values(), ids=OBJECTS)
def test_an_answer_that_is_not_such_an_object_is_unreadable(right: Json, resource: ApiKind, answer: Json) -> None:
    name, namespace = right["metadata"]["name"], right["metadata"]["namespace"]
    assert read_one(over(right), "/x", resource, name, namespace) == right
    with pytest.raises(UnreadableAnswerError, match="a/b/c: the answer cannot be read"):
        read_one(over(answer), "/x", resource, name, namespace)


def test_a_role_without_rules_and_a_map_without_data_are_valid() -> None:
    assert checked({**ROLE, "rules": None}, ROLES, "")
    assert checked({**MAP, "data": None}, CONFIG_MAPS, "")


def test_a_delete_is_answered_by_a_status_or_the_object() -> None:
    removed({"kind": "Status", "status": "Success"}, ROLES, "")
    removed(ROLE, ROLES, "")
    for answer in ({}, MAP, ROLE_LIST):
        with pytest.raises(UnreadableAnswerError):
            removed(answer, ROLES, "")


REVIEWS: dict[str, Json] = {
    "nothing": {},
    "no status": {key: value for key, value in REVIEW.items() if key != "status"},
    "no verdict": {**REVIEW, "status": {}},
    "a string": {**REVIEW, "status": {"allowed": "false"}},
    "a refusal that is a string": {**REVIEW, "status": {"allowed": True, "denied": "no"}},
    "another kind": {**REVIEW, "kind": "SubjectAccessReview"},
}


@pytest.mark.parametrize("answer", REVIEWS.values(), ids=REVIEWS)
def test_a_review_without_a_verdict_is_neither_yes_nor_no(answer: Json) -> None:
    with pytest.raises(UnreadableAnswerError):
        can(over(answer), "get", "", "pods")
    assert can(over(REVIEW), "get", "", "pods")


MAPPING = AwsAuthMapping(PLACE, "arn:aws:iam::111122223333:role/x", "x", frozenset())
OBSERVED = Observed(RbacRole(PLACE, "shop", "x", ()), Mark("acme"), None, "u")
NOTHING = [{}, {"apiVersion": "v1", "kind": "List", "items": []}, {**ROLE_LIST, "items": None}, {"items": []}]
SITE: dict[str, Callable[[KubernetesSite], object]] = {
    "observe nothing": lambda site: site.observe([], "acme"),
    "observe a role": lambda site: site.observe([RbacRole(PLACE, "shop", "x", ())], "acme"),
    "read a role": lambda site: site.read([RbacRole(PLACE, "shop", "x", ())], "acme"),
    "read a binding": lambda site: site.read([RbacBinding(PLACE, "shop", "x", "x", False, "g")], "acme"),
    "read a mapping": lambda site: site.read([MAPPING], "acme"),
    "create a role": lambda site: site.create(RbacRole(PLACE, "shop", "x", ()), Mark("acme")),
    "create a mapping": lambda site: site.create(MAPPING, Mark("acme")),
    "update a role": lambda site: site.update(OBSERVED, OBSERVED.object, Mark("acme")),
    "delete a role": lambda site: site.delete(OBSERVED),
    "delete a mapping": lambda site: site.delete(Observed(MAPPING, Mark("acme"))),
}


@pytest.mark.parametrize("answer", NOTHING)
@pytest.mark.parametrize("act", SITE.values(), ids=SITE)
def test_an_unreadable_answer_never_counts_as_done_or_absent(
    act: Callable[[KubernetesSite], object], answer: Json, tmp_path: Path
) -> None:
    site = KubernetesSite(over(answer), PLACE, Backups(tmp_path))
    with pytest.raises(UnreadableAnswerError):
        act(site)
    with pytest.raises(UnreadableAnswerError):
        AwsAuthMap(over(answer), PLACE, Backups(tmp_path)).read()


OTHERS: list[Any] = [None, True, 0, 1.5, "", "x", [], ["x"], [None], {}, {"x": "y"}, {"name": []}]


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each position in a document, as its container and its key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from _spots(inner)


@given(st.data())
def test_any_answer_is_either_read_completely_or_unreadable(data: st.DataObject) -> None:
    """Any part of a valid answer, replaced by anything: no other error occurs, and a list loses no item."""
    answers = {"list": ROLE_LIST, "role": ROLE, "map": MAP, "binding": BINDING}
    name = data.draw(st.sampled_from(sorted(answers)))
    answer = copy.deepcopy(answers[name])
    for _ in range(data.draw(st.integers(1, 2))):
        holder, key = data.draw(st.sampled_from(list(_spots(answer))))
        holder[key] = copy.deepcopy(data.draw(st.sampled_from(OTHERS)))
    site = KubernetesSite(over(answer), PLACE, Backups(Path("unused")))
    try:
        match name:
            case "list":
                assert len(listed(answer)) == len(answer["items"])
            case "role":
                seen = site.read([RbacRole(PLACE, "shop", "x", ())], "acme")
                assert seen.objects or seen.unreadable
            case "binding":
                assert site.read([RbacBinding(PLACE, "shop", "x", "x", False, "g")], "acme").objects
            case _:
                site.read([MAPPING], "acme")
    except UnreadableAnswerError:
        return
