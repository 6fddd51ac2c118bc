from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.errors import InvalidInputError
from leastway.terraform import outputs_in_state, read_state, sensitive_in_state, with_lineage, with_serial

HEAD = {"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "l-1", "outputs": {}}


def text(**more: Any) -> bytes:
    return json.dumps({**HEAD, **more}, indent=2).encode()


def instance(attributes: object, *paths: object) -> bytes:
    instances = [{"attributes": attributes, "sensitive_attributes": list(paths)}]
    return text(resources=[{"type": "t", "name": "n", "instances": instances}])


def attribute(name: str) -> dict[str, str]:
    return {"type": "get_attr", "value": name}


def index(value: int | str) -> dict[str, object]:
    return {"type": "index", "value": {"value": value, "type": "number" if isinstance(value, int) else "string"}}


def test_lineage_and_serial_are_read() -> None:
    document = read_state(text())
    assert (document.lineage, document.serial, document.is_encrypted) == ("l-1", 3, False)
    encrypted = read_state(b'{"serial": 2, "lineage": "l", "meta": {}, "encrypted_data": "AA=="}')
    assert (encrypted.serial, encrypted.is_encrypted) == (2, True)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not valid JSON"),
        (b"[]", "not a JSON object"),
        (text(version=3), "not version 4"),
        (text(lineage=""), "no valid lineage"),
        (text(lineage="a\nb"), "no valid lineage"),
        (text(serial=-1), "no valid serial"),
        (text(serial=True), "no valid serial"),
        (text(serial=2**63), "no valid serial"),
        (b'{"version": 4, "serial": 1, "lineage": "l", "Lineage": "m"}', "names lineage twice, or in another case"),
        (b'{"version": 4, "serial": NaN, "lineage": "l"}', "not valid JSON"),
        (text(outputs={"a": {"value": "half of a pair: \ud83d"}}), "not valid JSON"),
        (b'{"version": 4, "SERIAL": 1, "lineage": "l"}', "names serial twice, or in another case"),
    ],
)
def test_what_terraform_does_not_write_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        read_state(body)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            text(outputs={"a": {"value": "open"}, "b": {"value": {"k": ["x", 7, True, None]}, "sensitive": True}}),
            {"x", "7"},
        ),
        (instance({"a": "open", "b": "hidden"}, [attribute("b")]), {"hidden"}),
        (instance({"a": [{"b": "hidden"}, {"b": "open"}]}, [attribute("a"), index(0), attribute("b")]), {"hidden"}),
        (instance({"a": {"k": "hidden", "l": "open"}}, [attribute("a"), index("k")]), {"hidden"}),
        (instance({"a": {"k": "one"}, "b": "open"}, [attribute("a"), attribute("unknown")]), {"one"}),
        (instance({"a": "one", "b": "two"}, [{"type": "?"}]), {"one", "two"}),
        (instance(None, [attribute("a")]), set()),
        (text(resources=[1, {"instances": 2}], outputs=[]), set()),
    ],
)
def test_sensitive_values_are_found_where_the_state_marks_them(body: bytes, found: set[str]) -> None:
    assert set(sensitive_in_state(read_state(body))) == found


TEXTS = st.sampled_from(["", "x", '"serial": 1', '\\"serial\\": 2', "é"])
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([0.5, 1e300]) | TEXTS


@given(
    st.dictionaries(
        TEXTS,
        st.recursive(LEAVES, lambda inner: st.dictionaries(st.sampled_from(["serial", "b"]), inner), max_leaves=6),
    ),
    st.integers(0, 2**63 - 1),
    st.booleans(),
)
def test_another_serial_changes_nothing_else(outputs: dict[str, object], serial: int, nested_first: bool) -> None:
    head = {"outputs": outputs, **{key: value for key, value in HEAD.items() if key != "outputs"}}
    body = json.dumps(head if nested_first else {**HEAD, "outputs": outputs}).encode()
    changed = with_serial(body, serial)
    assert read_state(changed).content == {**read_state(body).content, "serial": serial}
    assert with_serial(changed, 3) == body


def test_numbers_keep_their_digits_and_encrypted_states_their_bytes() -> None:
    body = text().replace(b'"outputs": {}', b'"outputs": {"a": {"value": 1.10000000000000000000001e400}}')
    assert b"1.10000000000000000000001e400" in with_serial(body, 9)
    encrypted = b'{"serial": 2, "lineage": "l", "encrypted_data": "AA=="}'
    assert with_serial(encrypted, 9) == encrypted


def test_a_state_without_a_lineage_gets_one_that_is_always_the_same() -> None:
    inside = {"lineage": {"value": "", "type": "string"}}
    body = json.dumps({"outputs": inside, **HEAD, "serial": 0, "lineage": ""} | {"outputs": inside}, indent=2).encode()
    made = with_lineage(body)
    document = read_state(made)
    assert len(document.lineage) == 36
    assert document.content == {**json.loads(body), "lineage": document.lineage}
    assert with_lineage(body) == made
    assert with_lineage(made) == made
    for other in (text(), b'{"serial": 2, "lineage": "", "encrypted_data": "AA=="}', b"{", b'{"serial": 1}'):
        assert with_lineage(other) == other


def test_outputs_are_those_that_the_state_has() -> None:
    state = text(outputs={"b": {"value": "x", "sensitive": True}, "a": {"value": [1], "type": ["list", "number"]}})
    one, other = outputs_in_state(read_state(state))
    assert (one.name, one.value, one.is_sensitive) == ("a", [1], False)
    assert (other.name, other.value, other.is_sensitive) == ("b", "x", True)
    assert outputs_in_state(read_state(text())) == ()
    with pytest.raises(InvalidInputError, match="an output has no value"):
        outputs_in_state(read_state(text(outputs={"a": {"type": "string"}})))
