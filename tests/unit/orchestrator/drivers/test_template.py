"""Outputs, secrets, cookies and manifests from templates."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.orchestrator.drivers import Provided, provision
from leastway.primitives import Secret
from tests.unit.orchestrator.drivers.world import means, node


def made(templates: Any, **given: Any) -> Provided:
    values = {**given.pop("values", {}), "templates": templates}
    return provision(node("humanitec/template", values=values, **given), means())


def test_templates_follow_one_another() -> None:
    found = made(
        {
            "init": 'name: {{ .driver.values.res_id | splitList "." | last }}-sa\nport: {{ .driver.values.port }}\n',
            "outputs": "# a comment\nname: {{ .init.name }}\nport: {{ .init.port }}\nis_ready: true\nempty: ~\n",
            "secrets": 'url: {{ printf "http://%s:%s@h" .outputs.values.name .driver.secrets.password | toRawJson }}\n',
        },
        values={"res_id": "modules.web.externals.sa", "port": 8080},
        secrets={"password": Secret('pa: "ss')},
    )
    assert found.values == {"name": "sa-sa", "port": 8080, "is_ready": True, "empty": None}
    assert found.secrets == {"url": Secret('http://sa-sa:pa: "ss@h')}
    assert found.cookie is None


def test_what_has_a_secret_in_it_is_a_secret_output_wherever_it_is_written() -> None:
    found = made(
        {
            "init": "user: {{ .driver.secrets.user }}\nhost: h",
            "outputs": "host: {{ .init.host }}\nurl: http://{{ .init.user }}@h\nlist: [a, {{ .init.user }}]\n"
            "deep: {plain: 1, text: {{ .init.user | quote }}}\n",
        },
        secrets={"user": Secret("planted")},
    )
    assert found.values == {"host": "h", "deep": {"plain": 1}}
    assert found.secrets == {
        "url": Secret("http://planted@h"),
        "list": [Secret("a"), Secret("planted")],
        "deep": {"text": Secret("planted")},
    }
    assert "planted" not in repr(found)


def test_a_template_that_is_a_secret_itself_makes_secrets_alone() -> None:
    found = made({"outputs": Secret("a: 1\nb: x")})
    assert (found.values, found.secrets) == ({}, {"a": Secret("1"), "b": Secret("x")})


def test_what_a_template_remembers_is_there_the_next_time_and_secrets_stay_secrets() -> None:
    templates = {
        "init": "uid: {{ if and .cookie .cookie.uid }}{{ .cookie.uid }}{{ else }}n{{ randNumeric 8 }}{{ end }}\n",
        "cookie": "uid: {{ .init.uid }}\ntoken: {{ .driver.secrets.token }}\n",
        "outputs": 'uid: {{ .init.uid }}\nbefore: {{ .cookie.token | default "none" }}',
    }
    secrets = {"token": Secret("planted")}
    first = made(templates, secrets=secrets)
    second = made(templates, secrets=secrets, cookie=first.cookie)
    assert first.values["before"] == "none"
    assert (second.values, second.secrets) == ({"uid": first.values["uid"]}, {"before": Secret("planted")})
    assert second.cookie == first.cookie


def test_a_workload_is_patched_for_each_of_its_containers() -> None:
    params = {"profile": "humanitec/default-module", "spec": {"containers": {"a": {"image": "i"}, "b": {"image": "i"}}}}
    template = (
        "update:\n{{- range $id, $c := .resource.spec.containers }}\n- op: add\n"
        "  path: /spec/containers/{{ $id }}/variables/LOG\n  value: {{ $c.image | quote }}\n{{- end }}\n"
    )
    found = made({"outputs": template}, params=params)
    assert found.values["update"] == [
        {"op": "add", "path": f"/spec/containers/{name}/variables/LOG", "value": "i"} for name in "ab"
    ]


ACCOUNT_TEXT = "    apiVersion: v1\n    kind: ServiceAccount\n    metadata: {name: {{ .init.name }}}\n"
ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x-sa"}}


@pytest.mark.parametrize(
    "manifests",
    [
        "sa.yaml:\n  location: namespace\n  data:\n" + ACCOUNT_TEXT,
        "sa.yaml:\n  location: namespace\n  data: |\n" + ACCOUNT_TEXT,
        {
            "sa.yaml": {
                "location": "namespace",
                "data": "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ .init.name }}\n",
            }
        },
        {"sa.yaml": {"location": "namespace", "data": {**ACCOUNT, "metadata": {"name": "{{ .init.name }}"}}}},
        {"sa.yaml": "location: namespace\ndata: {apiVersion: v1, kind: ServiceAccount, metadata: {name: x-sa}}"},
    ],
)
def test_manifests_are_written_in_each_form(manifests: Any) -> None:
    found = made({"init": "name: x-sa", "manifests": manifests, "outputs": "name: {{ .init.name }}"})
    assert found.values == {"name": "x-sa", "manifests": {"sa.yaml": {"location": "namespace", "data": ACCOUNT}}}


def test_the_secrets_of_a_manifest_are_known_one_by_one() -> None:
    data = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {key: {{ .driver.secrets.key | b64enc }}}"
    found = made({"manifests": {"s.yaml": {"location": "namespace", "data": data}}}, secrets={"key": Secret("planted")})
    assert found.values["manifests"]["s.yaml"]["data"] == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
    }
    assert found.secrets == {"manifests": {"s.yaml": {"data": {"data": {"key": Secret("cGxhbnRlZA==")}}}}}


@pytest.mark.parametrize(
    ("templates", "where", "what"),
    [
        (None, "templates", "it is not an object"),
        ("x: 1", "templates", "it is not an object"),
        ({"output": "a: 1"}, "templates.output", "a template with this name is not served"),
        ({"outputs": "a: {{ .b"}, "templates.outputs, line 1, column 4", "the action is not closed"),
        ({"outputs": "a: 1\nb: {{ nope }}"}, "templates.outputs, line 2, column 7", "the function nope is not served"),
        ({"outputs": "- a"}, "templates.outputs", "the template does not make an object"),
        ({"outputs": "just text"}, "templates.outputs", "the template does not make an object"),
        ({"outputs": "a: b: c"}, "templates.outputs", "cannot be read in its line 1: this is not valid YAML"),
        ({"outputs": "a: 1\na: 2"}, "templates.outputs", "appears twice"),
        ({"outputs": "a: &x 1\nb: *x"}, "templates.outputs", "is not supported"),
        ({"outputs": "a: 1\n---\nb: 2"}, "templates.outputs", "a second document"),
        ({"outputs": "a: .inf"}, "templates.outputs", "a number is not finite"),
        ({"outputs": {"a": ["{{ .id.x }}"]}}, "templates.outputs.a[0], line 1, column 4", "has no field x"),
        ({"outputs": "{{ .driver.secrets.s }}: 1"}, "templates.outputs", "the name of a member has a secret in it"),
        ({"outputs": "a: 1", "secrets": "a: 2"}, "", "the output a is both a value and a secret"),
        ({"manifests": "a.yaml: 5"}, "templates.manifests.a.yaml", "a manifest has a location and data"),
        ({"manifests": "a.yaml: {data: {}}"}, "templates.manifests.a.yaml", "a manifest has a location and data"),
        (
            {"manifests": "a.yaml: {location: x, data: {}, more: 1}"},
            "templates.manifests.a.yaml",
            "a manifest has a location and data",
        ),
        (
            {"manifests": "a.yaml:\n  location: namespace\n  data: |\n    kind: {{ .driver.secrets.s }}\n"},
            "templates.manifests.a.yaml.data",
            "the text of a manifest has a secret in it",
        ),
        (
            {"outputs": "manifests: {}", "manifests": "a.yaml: {location: x}"},
            "templates.manifests",
            "there are manifests among the outputs",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(templates: Any, where: str, what: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        made(templates, secrets={"s": Secret("planted-secret")})
    assert what in caught.value.what
    assert (caught.value.where or "").endswith(where)
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    "secret", ['"', "a: b: c", "\t- x", "@", "planted\nplanted: [", "&planted x", "!planted x", "[}"]
)
def test_a_secret_that_breaks_the_yaml_is_not_in_the_error(secret: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        made({"outputs": "a: {{ .driver.secrets.s }}\nb: 1"}, secrets={"s": Secret(secret)})
    assert "planted" not in str(caught.value)
