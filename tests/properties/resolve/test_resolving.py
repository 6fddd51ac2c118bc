"""Resolving what was resolved changes nothing, and no secret leaves a resolution, whatever the registry looks like."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry import CoProvision, Criterion, ResourceKey
from leastway.resolve import (
    MASKED,
    DeploymentContext,
    HiddenText,
    Outputs,
    RequestedResource,
    Resolution,
    ResolvableDefinition,
    UnknownValue,
    as_json,
    dependency_nodes,
    outlined,
    resolve,
)

CONTEXT = DeploymentContext(organization="acme", application="shop", environment="dev", environment_type="test")
TYPES = "abcd"
PLANTED = "planted-secret"


@functools.cache
def texts(others: str) -> st.SearchStrategy[str]:
    """Return texts that refer to `others`, and select around any type."""
    names = ("plain", "hidden", "later", "map")
    return st.lists(
        st.sampled_from(
            [
                *("x", "-", "$\\{", "{", "}", "${context.app.id}", "${context.res.id}", "${context.deploy.id}"),
                *(f"${{resources.{one}.outputs.{name}}}" for one in others for name in names),
                *(f"${{resources.{one}.guresid}}" for one in others),
                *(f"${{resources.{one}<{other}.outputs.plain}}" for one in TYPES for other in others),
            ]
        ),
        min_size=1,
        max_size=4,
    ).map("".join)


@functools.cache
def inputs(others: str) -> st.SearchStrategy[dict[str, Any]]:
    leaves = texts(others) | st.integers() | st.none()
    members = st.recursive(leaves, lambda inner: st.lists(inner, max_size=2), max_leaves=4)
    return st.dictionaries(st.sampled_from("klmn"), members, max_size=3)


PROVISION = st.dictionaries(st.sampled_from(TYPES), st.builds(CoProvision, st.booleans(), st.booleans()), max_size=2)
OUTPUTS = {
    ResourceKey(one, "default", "x"): Outputs(
        {"plain": f"{one}-value", "map": {"n": [1, "two"]}}, {"hidden": f"{PLANTED}-{one}"}
    )
    for one in TYPES
}
REQUEST = [RequestedResource(ResourceKey(one, "default", "x")) for one in TYPES]


@st.composite
def definitions(draw: st.DrawFn) -> list[ResolvableDefinition]:
    """Draw a definition of each type, which refers to later types only, so that most registries have no loop."""
    registry = []
    for number, one in enumerate(TYPES):
        others = TYPES[number + 1 :]
        accounts = ["", "account", *(f"${{resources.{other}.account}}" for other in others)]
        definition = ResolvableDefinition(
            id=f"definition-{one}",
            type=one,
            driver="humanitec/echo",
            account=draw(st.sampled_from(accounts)),
            values=draw(inputs(others)),
            secrets={"own": Secret(f"{PLANTED}{draw(texts(others))}")},
            criteria={one: Criterion()},
            provision=draw(PROVISION),
        )
        registry.append(definition)
    return registry


def resolution_of(registry: list[ResolvableDefinition]) -> Resolution | None:
    try:
        return resolve(CONTEXT, registry, REQUEST, OUTPUTS)
    except InvalidInputError as error:
        text = str(error)
    assert PLANTED not in text
    assert "loop" in text
    return None


@given(definitions())
def test_a_resolution_is_ordered_shows_no_secret_and_stays_when_it_is_resolved_again(
    registry: list[ResolvableDefinition],
) -> None:
    first = resolution_of(registry)
    if first is None:
        return
    assert PLANTED not in f"{as_json(first)} {dependency_nodes(first)} {first!r} {first.digest}"
    seen: set[ResourceKey] = set()
    for one in first.resources:
        assert one.dependencies.keys() <= seen
        seen.add(one.key)
    again = [
        replace(one.definition, values=as_template(one.values), account=as_template(one.account), secrets={})
        for one in first.resources
        if one.definition is not None
    ]
    second = resolution_of(again)
    assert second is not None
    assert inputs_of(first) == inputs_of(second)


def as_template(value: Any) -> Any:
    """Return a resolved value as a definition can have it: a literal `${` is escaped, and secrets are masked."""
    if isinstance(value, Mapping):
        return {name: as_template(member) for name, member in value.items()}
    if isinstance(value, list):
        return [as_template(member) for member in value]
    if isinstance(value, UnknownValue):
        return value.text
    if isinstance(value, Secret | HiddenText):
        return MASKED
    return value.replace("${", "$\\{") if isinstance(value, str) else value


def inputs_of(resolution: Resolution) -> dict[str, Any]:
    return {str(one.key): (as_template(one.values), as_template(one.account)) for one in resolution.resources}


@given(definitions())
def test_the_outline_of_secrets_resolves_as_the_secrets_do_and_has_none_of_their_text(
    registry: list[ResolvableDefinition],
) -> None:
    outlines = [replace(one, secrets=outlined(one.secrets)) for one in registry]
    assert PLANTED not in str([one.secrets["own"].reveal() for one in outlines])
    whole, outline = resolution_of(registry), resolution_of(outlines)
    assert (whole is None) == (outline is None)
    if whole is not None and outline is not None:
        assert as_json(whole) == as_json(outline)
