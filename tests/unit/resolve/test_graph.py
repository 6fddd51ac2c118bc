"""Which resources a graph has, on what each depends, and in which order they come."""

import pytest

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry import CoProvision, ResourceKey
from leastway.resolve import Outputs, RequestedResource, ResolvableDefinition, UnknownValue
from tests.unit.resolve.examples import CONTEXT, define, dependencies, resolved, resource


def test_a_reference_adds_the_resource_with_inherited_class_and_id() -> None:
    found = resolved(
        [
            define("ingress", "ingress", {"host": "${resources.dns.outputs.host}"}, resource_class="public"),
            define("dns", "dns", resource_class="public"),
        ],
        "ingress.public#shared.web",
    )
    assert [str(one.key) for one in found.resources] == ["dns.public#shared.web", "ingress.public#shared.web"]
    assert resource(found, "ingress.public#shared.web").dependencies == {
        ResourceKey("dns", "public", "shared.web"): "definition ingress: driver_inputs.values.host"
    }


def test_a_reference_in_a_secret_counts() -> None:
    found = resolved(
        [
            define("eks", "k8s-cluster", secrets={"agent_url": Secret("${resources['agent#agent'].outputs.url}")}),
            define("agent", "agent"),
        ],
    )
    assert dependencies(found, "k8s-cluster#k8s-cluster") == ["agent.default#agent"]
    unknown = resource(found, "k8s-cluster#k8s-cluster").secrets["agent_url"]
    assert unknown == UnknownValue.of("resources['agent.default#agent'].outputs.url", is_secret=True)


def test_the_definition_is_chosen_by_the_key_and_not_by_inputs() -> None:
    found = resolved(
        [define("a", "s3", {"x": "${context.res.id}"}), define("b", "s3", res_id="two")], "s3#one", "s3#two"
    )
    assert [(one.key.id, one.definition.id) for one in found.resources if one.definition] == [
        ("one", "a"),
        ("two", "b"),
    ]


PROVISION = {
    "neither": (CoProvision(), [], []),
    "is_dependent": (CoProvision(is_dependent=True), ["s3.default#x"], []),
    "match_dependents": (CoProvision(match_dependents=True), [], ["aws-policy.default#x"]),
    "both": (CoProvision(is_dependent=True, match_dependents=True), ["s3.default#x"], ["aws-policy.default#x"]),
}


@pytest.mark.parametrize(("wanted", "of_policy", "of_dependent"), PROVISION.values(), ids=PROVISION)
def test_a_definition_adds_resources_to_its_own(
    wanted: CoProvision, of_policy: list[str], of_dependent: list[str]
) -> None:
    found = resolved(
        [
            define("bucket", "s3", provision={"aws-policy": wanted}),
            define("policy", "aws-policy"),
            define("app", "config", {"bucket": "${resources['s3#x'].outputs.name}"}),
        ],
        "config#c",
        "s3#x",
    )
    assert dependencies(found, "aws-policy#x") == of_policy
    assert dependencies(found, "config#c") == [*of_dependent, "s3.default#x"]
    assert dependencies(found, "s3#x") == []


def test_dependents_are_matched_through_several_co_provisions() -> None:
    matching = CoProvision(match_dependents=True)
    found = resolved(
        [
            define("a", "a", provision={"b": matching}),
            define("b", "b", provision={"c": matching}),
            define("c", "c"),
            define("d", "d", {"x": "${resources.a.outputs.x}"}),
        ],
        "d#x",
    )
    assert dependencies(found, "d#x") == ["a.default#x", "b.default#x", "c.default#x"]


def test_two_co_provisions_of_one_definition_make_no_loop() -> None:
    both = CoProvision(is_dependent=True, match_dependents=True)
    found = resolved(
        [define("a", "a", provision={"b": both, "c": both}), define("b", "b"), define("c", "c")],
        "a#x",
    )
    assert (dependencies(found, "b#x"), dependencies(found, "c#x")) == (["a.default#x"], ["a.default#x"])


def test_params_come_from_the_co_provision() -> None:
    found = resolved(
        [define("a", "a", provision={"b#y": CoProvision(params={"size": 1})}), define("b", "b")],
        "a#x",
    )
    assert resource(found, "b#y").params == {"size": 1}


def test_different_params_for_one_resource_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="the request and the definition a give different params"):
        resolved(
            [define("a", "a", provision={"b#y": CoProvision(params={"size": 1})}), define("b", "b")],
            "a#x",
            RequestedResource(ResourceKey.parse("b#y"), {"size": 2}),
        )


ROUTES = [
    define("ingress", "ingress", {"paths": "${resources.dns<route.outputs.path}"}),
    define("route", "route", {"host": "${resources['dns#d'].outputs.host}"}),
    define("other", "route", {"host": "x"}, res_id="elsewhere"),
    define("dns", "dns"),
]


def test_a_selector_selects_the_dependents_in_order() -> None:
    outputs = {"route#one": Outputs({"path": "/one"})}
    found = resolved(ROUTES, "route#two", "route#one", "route#elsewhere", "ingress#d", outputs=outputs)
    assert resource(found, "ingress#d").values == {
        "paths": ["/one", UnknownValue.of("resources['route.default#two'].outputs.path")]
    }
    assert dependencies(found, "ingress#d") == ["route.default#one", "route.default#two"]


def test_what_selectors_select_together_is_bounded() -> None:
    routes = [
        RequestedResource(ResourceKey("route", "default", f"r{number}"), {"x": "${resources['dns#d'].outputs.host}"})
        for number in range(400)
    ]
    buckets = [
        RequestedResource(ResourceKey("s3", "default", f"b{number}"), {"x": "${resources['dns#d<route'].outputs.host}"})
        for number in range(400)
    ]
    with pytest.raises(InvalidInputError, match="more than 100,000 dependencies"):
        resolved([], *routes, *buckets)


def test_a_selector_without_a_match_is_an_empty_list() -> None:
    assert resource(resolved(ROUTES, "ingress#d"), "ingress#d").values == {"paths": []}


def test_a_selector_selects_what_a_resource_depends_on() -> None:
    found = resolved(
        [
            define("role", "aws-role", {"policies": "${resources.workload>aws-policy.outputs.arn}"}),
            define("bucket", "s3", provision={"aws-policy": CoProvision(match_dependents=True)}),
            define("policy", "aws-policy"),
            define("run", "workload", {"role": "${resources.aws-role.outputs.arn}"}),
        ],
        "workload#modules.web",
        "s3#modules.web.externals.files",
        outputs={"aws-policy#modules.web.externals.files": Outputs({"arn": "the-policy"})},
    )
    assert resource(found, "aws-role#modules.web").values == {"policies": ["the-policy"]}
    assert dependencies(found, "workload#modules.web") == [
        "aws-policy.default#modules.web.externals.files",
        "aws-role.default#modules.web",
        "s3.default#modules.web.externals.files",
    ]


LOOPS = {
    "of references": (
        [define("a", "a", {"x": "${resources.b.outputs.x}"}), define("b", "b", {"y": "${resources.a.outputs.x}"})],
        "a.default#x -> b.default#x -> a.default#x",
        (
            "a.default#x needs b.default#x (definition a: driver_inputs.values.x); "
            "b.default#x needs a.default#x (definition b: driver_inputs.values.y)"
        ),
    ),
    "of one": (
        [define("a", "a", {"x": ["${resources.a.guresid}"]})],
        "a.default#x -> a.default#x",
        "a.default#x needs a.default#x (definition a: driver_inputs.values.x[0])",
    ),
    "with a co-provision": (
        [
            define("a", "a", {"x": "${resources.b.outputs.x}"}, provision={"b": CoProvision(is_dependent=True)}),
            define("b", "b"),
        ],
        "a.default#x -> b.default#x -> a.default#x",
        (
            "a.default#x needs b.default#x (definition a: driver_inputs.values.x); "
            "b.default#x needs a.default#x (definition a: provision.b)"
        ),
    ),
    "of accounts": (
        [define("a", "a", account="${resources.b.account}"), define("b", "b", account="${resources.a.account}")],
        "a.default#x -> b.default#x -> a.default#x",
        (
            "a.default#x needs b.default#x (definition a: driver_account); "
            "b.default#x needs a.default#x (definition b: driver_account)"
        ),
    ),
}


@pytest.mark.parametrize(("definitions", "loop", "causes"), LOOPS.values(), ids=LOOPS)
def test_a_loop_is_named_with_its_causes(definitions: list[ResolvableDefinition], loop: str, causes: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        resolved(definitions, "a#x")
    assert caught.value.where == loop
    assert caught.value.what == f"resources depend on each other in a loop: {causes}"


def test_implicit_resources_are_there_if_a_definition_matches() -> None:
    found = resolved([define("cluster", "k8s-cluster"), define("logs", "logging", env_type="production")])
    assert [str(one.key) for one in found.resources] == ["k8s-cluster.default#k8s-cluster"]
    assert found.left_out == ("k8s-namespace", "base-env", "logging")
    assert found.missing == ()


def test_a_workload_waits_for_its_own_externals_also_if_it_is_named_externals() -> None:
    names = ("modules.externals.externals.db", "modules.web.externals.db", "modules.webshop.externals.db")
    modules = ("workload#modules.externals", "workload#modules.web")
    found = resolved([define("db", "postgres")], *(f"postgres#{name}" for name in names), *modules)
    assert dependencies(found, "workload#modules.externals") == ["postgres.default#modules.externals.externals.db"]
    assert dependencies(found, "workload#modules.web") == ["postgres.default#modules.web.externals.db"]


def test_a_resource_without_a_definition_is_missing_and_a_workload_is_not() -> None:
    found = resolved([define("b", "s3", env_type="production")], "s3#x", "workload#modules.web")
    assert [str(one.key) for one in found.missing] == ["s3.default#x"]
    assert [rule.definition for rule in resource(found, "s3#x").others] == ["b"]


def test_the_guresid_is_stable_and_of_one_resource() -> None:
    key = ResourceKey.parse("s3#shared.files")
    assert CONTEXT.guresid(key) == "a4a7469b1eb282b3c0e13f0d8f4b6a012e31e845"
    assert CONTEXT.guresid(key) != CONTEXT.guresid(ResourceKey.parse("s3.public#shared.files"))


def test_the_digest_depends_on_the_graph_and_not_on_the_order_of_the_request() -> None:
    definitions = [define("a", "s3", {"n": "${context.res.id}"})]
    digest = resolved(definitions, "s3#x", "s3#y").digest
    assert digest == resolved(definitions, "s3#y", "s3#x").digest
    assert digest != resolved(definitions, "s3#x").digest
    assert digest != resolved([define("a", "s3", {"n": "${context.app.id}"})], "s3#x", "s3#y").digest
