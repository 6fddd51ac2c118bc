"""Placeholders become values of their type, secrets stay secret, and nothing is guessed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry import ResourceKey
from leastway.resolve import (
    HiddenText,
    Outputs,
    RequestedResource,
    UnknownValue,
    as_json,
    dependency_nodes,
    read_request,
    resolve,
    shown_value,
    unknowns_in,
)
from leastway.resolve.definition import KnownDefinitions
from tests.unit.resolve.examples import CONTEXT, define, resolved, resource

OUTPUTS = {
    "config#c": Outputs(
        {"n": 5, "yes": True, "nothing": None, "list": [1, "é"], "map": {"a": {"b": "c"}}, "text": "t", "raw": "${x}"},
        {"password": "hunter-two", "nested": {"a": "first-planted", "b": ["second-planted", 3]}},
    )
}
PLANTED = ("hunter-two", "first-planted", "second-planted")


def value_of(template: Any, outputs: dict[str, Outputs] = OUTPUTS) -> Any:
    found = resolved([define("a", "s3", {"x": template}), define("c", "config")], "s3#x", outputs=outputs)
    return resource(found, "s3#x").values["x"]


KNOWN: dict[str, Any] = {
    "${context.org.id}/${context.app.id}/${context.env.id}/${context.env.type}": "acme/shop/dev/development",
    "${context.res.type}.${context.res.class}#${context.res['id']}": "s3.default#x",
    "${context.res.guresid}": CONTEXT.guresid(ResourceKey("s3", "default", "x")),
    "${resources['config#c'].guresid}": CONTEXT.guresid(ResourceKey("config", "default", "c")),
    "$\\{context.app.id}": "${context.app.id}",
    "$${context.app.id}": "$shop",
    "${resources['config#c'].outputs.n}": 5,
    "${resources['config#c'].outputs.yes}": True,
    "${resources['config#c'].outputs.nothing}": None,
    "${resources['config#c'].outputs.map}": {"a": {"b": "c"}},
    "${resources['config#c'].outputs.map.a['b']}": "c",
    "${resources['config#c'].outputs.raw}": "${x}",
    "n=${resources['config#c'].outputs.n}": "n=5",
    "${resources['config#c'].outputs.yes},${resources['config#c'].outputs.nothing}": "true,null",
    "l=${resources['config#c'].outputs.list}": 'l=[1,"é"]',
    "m=${resources['config#c'].outputs.map}": 'm={"a":{"b":"c"}}',
    "t=${resources['config#c'].outputs.text}": "t=t",
}


@pytest.mark.parametrize(("template", "expected"), KNOWN.items())
def test_a_placeholder_with_a_known_value_is_replaced(template: str, expected: object) -> None:
    value = value_of(template)
    assert (value, type(value)) == (expected, type(expected))


def test_placeholders_are_resolved_at_any_depth_and_names_are_not() -> None:
    assert value_of({"${context.app.id}": ["${context.app.id}", {"a": "${context.env.id}"}, 1, None]}) == {
        "${context.app.id}": ["shop", {"a": "dev"}, 1, None]
    }


def test_a_secret_makes_the_text_a_secret() -> None:
    assert value_of("${resources['config#c'].outputs.password}") == Secret("hunter-two")
    assert value_of("pw=${resources['config#c'].outputs.password}!") == Secret("pw=hunter-two!")
    assert value_of("${resources['config#c'].outputs.nested}") == {
        "a": Secret("first-planted"),
        "b": [Secret("second-planted"), Secret("3")],
    }
    nested = value_of("x=${resources['config#c'].outputs.nested}")
    assert nested == Secret('x={"a":"first-planted","b":["second-planted","3"]}')


def test_an_output_that_is_a_value_in_one_part_and_a_secret_in_another_is_whole() -> None:
    outputs = {
        "config#c": Outputs({"db": {"user": "u", "a": {"n": 1}}}, {"db": {"password": Secret("p"), "a": {"s": "s"}}})
    }
    whole = {"user": "u", "password": Secret("p"), "a": {"n": 1, "s": Secret("s")}}
    assert value_of("${resources['config#c'].outputs.db}", outputs) == whole
    assert value_of("x=${resources['config#c'].outputs.db}", outputs) == Secret(
        'x={"user":"u","a":{"n":1,"s":"s"},"password":"p"}'
    )
    assert value_of("${resources['config#c'].outputs.db.user}", outputs) == "u"


def test_what_a_type_calls_a_secret_is_one_within_an_output_too() -> None:
    class OwnTypes(KnownDefinitions):
        def is_secret_output(self, type_id: str, path: Sequence[str]) -> bool:
            return (type_id, *path) == ("config", "db", "password")

    definitions = OwnTypes([define("a", "s3", {"x": "${resources['config#c'].outputs.db}"}), define("c", "config")])
    outputs = {ResourceKey("config", "default", "c"): Outputs({"db": {"user": "u", "password": "p"}})}
    found = resolve(CONTEXT, definitions, read_request(["s3#x"]), outputs)
    assert resource(found, "s3#x").values["x"] == {"user": "u", "password": Secret("p")}


def test_a_secret_beside_an_unknown_value_is_hidden() -> None:
    value = value_of("${resources['config#c'].outputs.password}@${resources['config#d'].outputs.host}")
    assert isinstance(value, HiddenText)
    assert (shown_value(value), "hunter" in repr(value)) == ("***", False)
    assert list(unknowns_in({"x": value})) == [(("x",), ("resources['config.default#d'].outputs.host",))]


def test_values_of_the_application_are_never_the_services_of_modules() -> None:
    context = replace(CONTEXT, services={"modules.web.service.name": "web"})
    one = RequestedResource(
        ResourceKey.parse("s3#x"), {"a": "${modules.web.service.name}", "b": "${values.web.service.name}"}
    )
    params = resource(resolve(context, [], [one]), "s3#x").params
    assert params == {"a": "web", "b": UnknownValue.of("values.web.service.name")}


def test_a_selector_gives_what_its_dependencies_say_and_nothing_that_another_selector_found() -> None:
    # The route depends on the dns by a selector alone, so it is none of the routes that the bucket selects.
    params: dict[str, Any] = {
        "route#r": {"x": "${resources['queue#q>dns'].outputs.host}"},
        "queue#q": {"x": "${resources['dns#d'].outputs.host}"},
        "s3#x": {"x": "${resources['dns#d<route'].outputs.host}"},
    }
    requested = [RequestedResource(ResourceKey.parse(key), one) for key, one in params.items()]
    outputs = {"dns#d": Outputs({"host": "d"}), "route#r": Outputs({"host": "r"})}
    found = resolved([], *requested, outputs=outputs)
    assert resource(found, "route#r").params["x"] == ["d"]
    assert resource(found, "s3#x").params["x"] == []


@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({"x": "${resources['config#c'].outputs.text}" * 40}, "params of s3.default#x.x"),
        ({"x": ["${resources['config#c'].outputs.map}"] * 40}, "params of s3.default#x.x"),
        ({"x": ["${resources['config#c<sqs'].outputs.text}"] * 40}, "params of s3.default#x.x"),
    ],
)
def test_what_placeholders_make_is_bounded(params: Any, where: str) -> None:
    large = "x" * (1 << 20)
    outputs = {"config#c": Outputs({"text": large, "map": {"a": [large]}}), "sqs#q": Outputs({"text": large})}
    one = RequestedResource(ResourceKey.parse("s3#x"), params)
    other = RequestedResource(ResourceKey.parse("sqs#q"), {"on": "${resources['config#c'].guresid}"})
    with pytest.raises(InvalidInputError, match="more than 32 MiB together") as caught:
        resolved([define("c", "config")], one, other, outputs=outputs)
    assert (caught.value.where or "").startswith(where)


def test_what_is_not_provisioned_stays_a_named_unknown() -> None:
    value = value_of("h=${resources['config#c'].outputs.other.a}/$\\{b}/${context.deploy.id}")
    assert value == UnknownValue(
        "h=${resources['config.default#c'].outputs.other.a}/$\\{b}/${context.deploy.id}",
        ("resources['config.default#c'].outputs.other.a", "context.deploy.id"),
    )


def test_an_account_can_be_a_placeholder() -> None:
    definitions = [
        define("a", "s3", {"x": "${resources['sqs#x'].account}"}, account="${resources.sqs.account}"),
        define("b", "sqs", account="acct-${context.env.type}"),
    ]
    found = resource(resolved(definitions, "s3#x"), "s3#x")
    assert (found.account, found.values) == ("acct-development", {"x": "acct-development"})


def test_an_account_that_an_output_names_is_unknown_until_then() -> None:
    definitions = [define("a", "s3", account="${resources['config#c'].outputs.account}"), define("c", "config")]
    reference = "resources['config.default#c'].outputs.account"
    assert resource(resolved(definitions, "s3#x"), "s3#x").account == UnknownValue.of(reference)
    known = {"config#c": Outputs({"account": "prod"})}
    assert resource(resolved(definitions, "s3#x", outputs=known), "s3#x").account == "prod"
    with pytest.raises(InvalidInputError) as caught:
        resolved(definitions, "s3#x", outputs={"config#c": Outputs({}, {"account": "planted"})})
    assert caught.value.where == "definition a: driver_account"
    assert "planted" not in str(caught.value)


WRONG = {
    "${contxt.app.id}": "unknown placeholder ${contxt.app.id}",
    "${context.app.nam}": "the context has no context.app.nam",
    "a ${context.app.id": "a placeholder is not closed",
    "${resources['S3#x'].outputs.a}": "'S3#x' is not a resource",
    "${resources.dns<Route.outputs.a}": "'Route' is not a resource",
    "${values.key}": "unknown placeholder ${values.key}",
    "${resources.dns<route.guresid}": "unknown placeholder ${resources.dns<route.guresid}",
}


@pytest.mark.parametrize(("template", "what"), WRONG.items())
def test_a_wrong_placeholder_names_its_field(template: str, what: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        value_of({"deep": [template]})
    assert (caught.value.what, caught.value.where) == (what, "definition a: driver_inputs.values.x.deep[0]")
    assert caught.value.fix


SET = {
    "modules": {
        "web": {
            "profile": "humanitec/default-module",
            "spec": {"containers": {"web": {"variables": {"DB": "${externals.db.host}", "V": "${values.KEY}"}}}},
            "externals": {"db": {"type": "postgres", "params": {"dns": "${shared.dns.host}"}}},
        },
        "job": {"spec": {"x": "${modules.web.externals.db.host}", "y": "${modules.web.service.name}"}},
    },
    "shared": {"dns": {"type": "dns", "class": "public"}, "files-class-big": {"type": "s3", "id": "shared.files"}},
}


def test_a_deployment_set_is_a_request() -> None:
    outputs = {"dns.public#shared.dns": Outputs({"host": "shop.test"})}
    definitions = [
        define("pg", "postgres"),
        define("dns", "dns", resource_class="public"),
        define("s3", "s3"),
    ]
    found = resolved(definitions, *read_request(SET), outputs=outputs)
    assert sorted(str(one.key) for one in found.resources) == [
        "dns.public#shared.dns",
        "postgres.default#modules.web.externals.db",
        "s3.default#shared.files",
        "workload.default#modules.job",
        "workload.default#modules.web",
    ]
    assert resource(found, "postgres#modules.web.externals.db").params == {"dns": "shop.test"}
    host = "resources['postgres.default#modules.web.externals.db'].outputs.host"
    variables = resource(found, "workload#modules.web").params["spec"]["containers"]["web"]["variables"]
    assert variables == {"DB": UnknownValue.of(host), "V": UnknownValue.of("values.KEY")}
    job = resource(found, "workload#modules.job")
    assert job.params["spec"] == {"x": UnknownValue.of(host), "y": UnknownValue.of("modules.web.service.name")}
    assert list(job.dependencies.values()) == ["params of workload.default#modules.job.spec.x"]
    web = resource(found, "workload#modules.web")
    assert list(web.dependencies.values()) == [
        "params of workload.default#modules.web.spec.containers.web.variables.DB"
    ]


IN_SET = {
    "${shared.other.host}": "shared.other does not exist",
    "${externals.db.host}": "${externals.db.host} is possible in a module only",
}


@pytest.mark.parametrize(("template", "what"), IN_SET.items())
def test_a_wrong_placeholder_of_a_set_names_its_field(template: str, what: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        resolved([], RequestedResource(ResourceKey.parse("dns#shared.dns"), {"a": template}))
    assert (caught.value.what, caught.value.where) == (what, "params of dns.default#shared.dns.a")


def test_no_secret_is_in_any_output() -> None:
    definitions = [
        define(
            "a",
            "s3",
            {"x": "${resources['config#c'].outputs.nested}", "key": "AKIA" + "Q" * 16},
            secrets={"own": Secret("third-planted"), "mixed": Secret("fourth-planted-${resources.dns.outputs.host}")},
        ),
        define("c", "config"),
        define("d", "dns"),
    ]
    found = resolved(definitions, "s3#x", outputs=OUTPUTS)
    rendered = f"{as_json(found)} {dependency_nodes(found)}"
    assert [planted for planted in (*PLANTED, "third-planted", "fourth-planted", "AKIAQ") if planted in rendered] == []
    assert [
        planted for planted in (*PLANTED, "third-planted", "fourth-planted") if planted in f"{found!r} {found}"
    ] == []
    assert resource(found, "s3#x").secrets["own"] == Secret("third-planted")


BUCKETS = {
    "shop-${context.env.id}": (),
    "Shop-${context.env.id}": (("variables.bucket", "has characters other than"),),
    "${context.res.guresid}-${context.res.guresid}": (("variables.bucket", "has 81 characters"),),
    "${resources['config#c'].outputs.name}-_": (("variables.bucket", "has characters other than"),),
    "${resources['config#c'].outputs.name}-x": (),
}


@pytest.mark.parametrize(("template", "expected"), BUCKETS.items())
def test_a_bucket_name_is_checked_after_it_was_resolved(template: str, expected: tuple[tuple[str, str], ...]) -> None:
    definitions = [define("a", "s3", {"variables": {"bucket": template}}), define("c", "config")]
    problems = resolved(definitions, "s3#x").problems
    assert len(problems) == len(expected)
    for (where, what), (path, begin) in zip(problems, expected, strict=True):
        assert where == f"s3.default#x: driver_inputs.values.{path}"
        assert what.startswith(f"the bucket name {begin}")


@pytest.mark.parametrize(
    "text", ["a${planted-rest}", "a${planted", "${resources['PLANTED'].outputs.planted}", "${context.app.planted}"]
)
def test_a_wrong_placeholder_of_a_secret_is_not_repeated(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        resolved([define("a", "s3", secrets={"x": {"y": Secret(text)}})], "s3#x")
    assert caught.value.where == "definition a: driver_inputs.secrets.x.y"
    assert caught.value.what == "a placeholder in the secret is not valid"
    assert "planted" not in f"{caught.value!s} {caught.value.__cause__} {caught.value.__context__}".lower()
