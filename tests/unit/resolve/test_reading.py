"""Requests and definitions are read, and wrong ones are refused by the field and without its value."""

from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry import CoProvision, Criterion, ResourceKey
from leastway.resolve import HiddenText, RequestedResource, read_definition_body, read_request

S3 = RequestedResource(ResourceKey("s3", "public", "shared.files"), {"size": 1})


@pytest.mark.parametrize(
    "one",
    [
        {"type": "s3", "class": "public", "id": "shared.files", "params": {"size": 1}},
        {"type": "s3", "class": "public", "id": "shared.files", "resource": {"size": 1}},
    ],
)
def test_a_list_is_read(one: dict[str, Any]) -> None:
    assert read_request([one, "dns#d"]) == (S3, RequestedResource(ResourceKey("dns", "default", "d")))
    assert read_request([]) == ()
    assert read_request({}) == ()


REQUESTS: dict[str, tuple[Any, str, str | None]] = {
    "text": ("planted", "the request is neither a list of resources nor a deployment set", None),
    "a name in another script": (
        {"modules": {"ü": {}}},
        "it cannot be the id of a resource",
        "modules.ü",
    ),
    "a name with a space": (
        {"shared": {"my db": {"type": "s3"}}},
        "it cannot be the id of a resource",
        "shared.my db",
    ),
    "a type with a space": (
        {"shared": {"db": {"type": "my s3"}}},
        "the type or the class is not valid",
        "shared.db",
    ),
    "another object": ({"x": 1}, "the request is neither a list of resources nor a deployment set", None),
    "no id": (["s3"], "it is not a resource", "[0]"),
    "a number": ([7], "it is not an object", "[0]"),
    "no type": ([{"id": "x"}], "it is missing", "[0].type"),
    "an empty type": ([{"id": "x", "type": ""}], "it is empty", "[0].type"),
    "a wrong type": ([{"id": "x", "type": 7}], "it is not a string", "[0].type"),
    "a type with a class": ([{"id": "x", "type": "s3.public"}], "the type or the class is not valid", "[0]"),
    "an id with a space": ([{"id": "planted x", "type": "s3"}], "it cannot be the id of a resource", "[0]"),
    "params": ([{"id": "x", "type": "s3", "params": ["planted"]}], "it is not an object", "[0].params"),
    "twice": (["s3#x", {"type": "s3", "id": "x"}], "s3.default#x is requested twice", None),
    "modules": ({"modules": []}, "it is not an object", "modules"),
    "externals": ({"modules": {"web": {"externals": {"db": {}}}}}, "it is missing", "modules.web.externals.db.type"),
    "a module's name": ({"modules": {"a b": {}}}, "it cannot be the id of a resource", "modules.a b"),
    "shared": ({"shared": {"x": 1}}, "it is not an object", "shared.x"),
}


@pytest.mark.parametrize(("value", "what", "where"), REQUESTS.values(), ids=REQUESTS)
def test_a_wrong_request_is_refused_by_its_field(value: Any, what: str, where: str | None) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_request(value)
    assert (caught.value.what, caught.value.where) == (what, where)
    assert "planted" not in str(caught.value)
    assert caught.value.fix


def test_too_many_resources_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="more than 10,000 resources"):
        read_request([f"s3#{number}" for number in range(10_001)])


BODY = {
    "id": "files",
    "name": "Files",
    "type": "s3",
    "driver_type": "humanitec/terraform",
    "driver_account": "prod",
    "driver_inputs": {
        "values": {"variables": {"a": 1}},
        "secret_refs": {
            "own": {"value": "planted"},
            "empty": {"value": None},
            "nested": {"kept": {"store": "vault", "ref": "path", "version": "1"}},
        },
    },
    "criteria": [{"id": "c1", "env_type": "development"}, {"class": "public", "app_id": None}],
    "provision": {"aws-policy": {"match_dependents": True}, "dns#x": {"is_dependent": True, "params": {"p": 1}}},
    "active_version_id": "v1",
}


def test_a_definition_is_read() -> None:
    found = read_definition_body(BODY)
    assert (found.id, found.type, found.driver, found.version) == ("files", "s3", "humanitec/terraform", "v1")
    assert (found.account, found.values) == ("prod", {"variables": {"a": 1}})
    assert found.secrets == {
        "own": Secret("planted"),
        "empty": HiddenText(reference={}),
        "nested": {"kept": HiddenText(reference={"store": "vault", "ref": "path", "version": "1"})},
    }
    assert found.criteria == {"c1": Criterion(env_type="development"), "1": Criterion(resource_class="public")}
    assert found.provision == {
        "aws-policy": CoProvision(match_dependents=True),
        "dns#x": CoProvision(is_dependent=True, params={"p": 1}),
    }


def test_every_leaf_of_secrets_is_a_secret() -> None:
    found = read_definition_body({**BODY, "driver_inputs": {"secrets": {"a": "planted", "b": [5, {"c": None}]}}})
    assert found.secrets == {"a": Secret("planted"), "b": [Secret("5"), {"c": Secret("null")}]}
    assert "planted" not in repr(found)


BODIES: dict[str, tuple[Any, str, str | None]] = {
    "a list": ([], "it is not an object", None),
    "no driver": ({"id": "a", "type": "s3"}, "it is missing", "driver_type"),
    "inputs": ({**BODY, "driver_inputs": "planted"}, "it is not an object", "driver_inputs"),
    "values": ({**BODY, "driver_inputs": {"values": ["planted"]}}, "it is not an object", "driver_inputs.values"),
    "a reference": (
        {**BODY, "driver_inputs": {"secret_refs": {"a": "planted"}}},
        "it is not an object",
        "driver_inputs.secret_refs.a",
    ),
    "criteria": ({**BODY, "criteria": {"planted": 1}}, "it is not a list", "criteria"),
    "a criterion": ({**BODY, "criteria": [{"app_id": 1}]}, "it is not a string", "criteria[0].app_id"),
    "provision": ({**BODY, "provision": {"a": {"is_dependent": 1}}}, "it is not a boolean", "provision.a.is_dependent"),
}


@pytest.mark.parametrize(("value", "what", "where"), BODIES.values(), ids=BODIES)
def test_a_wrong_definition_is_refused_by_its_field(value: Any, what: str, where: str | None) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_definition_body(value)
    assert (caught.value.what, caught.value.where) == (what, where)
    assert "planted" not in str(caught.value)
