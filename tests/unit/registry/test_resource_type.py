"""Which outputs are secrets, by the schema of their resource type."""

from typing import Any

import pytest

from leastway.registry import BUILT_IN_TYPES, is_secret_output

NESTED: dict[str, Any] = {
    "values": {"properties": {"login": {"properties": {"name": {}}}, "both": {}}},
    "secrets": {"properties": {"login": {"properties": {"password": {}}}, "both": {}}},
}


@pytest.mark.parametrize(
    ("path", "is_secret"),
    [("login.password", True), ("login.name", False), ("login", False), ("both", False), ("other", False)],
)
def test_an_output_that_the_schema_has_among_secrets_alone_is_one(path: str, *, is_secret: bool) -> None:
    assert is_secret_output(NESTED, path.split(".")) is is_secret
    assert is_secret_output({"type": "object", "properties": NESTED}, path.split(".")) is is_secret


@pytest.mark.parametrize("schema", [{}, {"secrets": 7}, {"secrets": {"properties": []}}, {"properties": 7}])
def test_a_schema_of_another_form_has_no_secrets(schema: dict[str, object]) -> None:
    assert is_secret_output(schema, ["password"]) is False


def test_the_password_of_a_database_is_a_secret_and_its_host_is_not() -> None:
    outputs = BUILT_IN_TYPES["postgres"].outputs_schema
    assert [is_secret_output(outputs, [name]) for name in ("password", "host")] == [True, False]
