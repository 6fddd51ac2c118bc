from __future__ import annotations

from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.orchestrator.inputs import RunnerOptions, SourceInputs, as_secret, from_secret, read_inputs
from leastway.primitives import Secret
from leastway.registry import RunCredentials

SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def test_operations_whose_answers_have_credentials_are_warned_about_with_their_reason() -> None:
    operations = {"sts:GetSessionToken": "an old tool", "s3:GetObject": "why", "GetSessionToken": "why"}
    warnings = read_inputs({"script": "#", "runner": {"credential_operations": operations}}, {}).warnings()
    has_none = (
        "{} in runner.credential_operations has no effect: it is no operation whose answer is refused. "
        "Write SERVICE:Operation as in the table of the gateway's documentation"
    )
    assert warnings == (
        has_none.format("GetSessionToken"),
        has_none.format("s3:GetObject"),
        "the run gets the answer of sts:GetSessionToken, which has credentials for AWS (an old tool)",
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"script": 1}, "script"),
        ({"script": None}, "source"),
        ({"source": {}, "script": ""}, "source"),
        ({"source": []}, "source"),
        *(({"source": {"url": "https://h/r", name: 1}}, f"source.{name}") for name in ("rev", "path", "username")),
        ({"source": {"url": ["https://h/r"]}}, "source.url"),
        ({"source": {"url": "https://h/r", "known_hosts": {}}}, "source.known_hosts"),
        ({"files": {"a": 1}}, "files"),
        ({"variables": []}, "variables"),
        ({"credentials_config": []}, "credentials_config"),
        ({"credentials_config": {"file": "../a"}}, "credentials_config.file"),
        ({"credentials_config": {"variables": {"a": "Password"}}}, "credentials_config.variables"),
        ({"credentials_config": {"environment": {"A": "Password"}}}, "credentials_config.environment"),
        ({"runner": {"aproval": True}}, "runner.aproval"),
        ({"runner": {"engine": "pulumi"}}, "runner.engine"),
        ({"runner": {"credentials": "Injected"}}, "runner.credentials"),
        *(({"runner": {name: 1}}, f"runner.{name}") for name in ("reason", "plan_role", "plan_external_id")),
        *(({"runner": {name: "false"}}, f"runner.{name}") for name in ("approval", "keep_backend")),
        *(
            ({"runner": {"credential_operations": {"sts:GetSessionToken": reason}}}, "runner.credential_operations")
            for reason in (" ", 1, None)
        ),
    ],
)
def test_what_could_be_meant_otherwise_is_refused_with_its_place(values: dict[str, Any], field: str) -> None:
    given = values if {"script", "source"} & values.keys() else {"script": "#", **values}
    with pytest.raises(InvalidInputError) as caught:
        read_inputs(given, {})
    assert caught.value.where == f"driver_inputs.values.{field}"


def test_a_secret_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="not a string"):
        read_inputs({"script": "#"}, {"files": {"a": {"b": Secret("c")}}})


def test_what_is_null_or_empty_is_not_given() -> None:
    source = {"url": "https://h/r", "rev": None}
    read = read_inputs({"source": source, "runner": {"engine": None}}, {"source": {"password": Secret(" ")}})
    assert read.options == RunnerOptions()
    assert read.source == SourceInputs(url="https://h/r")


def test_inputs_are_read_from_custody_as_they_were_given() -> None:
    values = {
        "source": {"url": "https://h/r", "rev": "main", "path": "a", "username": "u"},
        "files": {"f": "text"},
        "variables": {"role_arn": "arn:aws:iam::123456789012:role/shop-own", "count": 1},
        "credentials_config": {
            "environment": {"A": "AccessKeyId"},
            "variables": {"t": "SessionToken"},
            "file": "c.json",
        },
        "append_logs_to_error": True,
        "runner": {"engine": "tofu", "approval": True, "plan_role": "r", "plan_external_id": "x", "keep_backend": True},
    }
    secrets = {
        "source": {"password": Secret("p"), "ssh_key": Secret("k")},
        "files": {"g": Secret("hidden"), "h": None},
        "variables": {"id": Secret("AKIAIOSFODNN7EXAMPLE"), "key": Secret(SECRET_KEY), "more": [{"a": Secret("b")}]},
    }
    read = read_inputs(values, secrets, role_prefix="shop-")
    opened = from_secret(as_secret(values, secrets), role_prefix="shop-")
    assert opened == read
    source = SourceInputs(
        url="https://h/r", rev="main", path="a", username="u", password=Secret("p"), ssh_key=Secret("k")
    )
    assert opened.source == source
    assert opened.secret_files == {"g": Secret("hidden")}
    assert opened.secret_variables == secrets["variables"]
    assert (opened.key_ids, opened.secret_keys) == (("AKIAIOSFODNN7EXAMPLE",), (SECRET_KEY,))
    assert opened.credentials is RunCredentials.KEYS
    assert opened.named_roles == {"arn:aws:iam::123456789012:role/shop-own"}
    assert from_secret(as_secret(values, secrets), role_prefix="other-").named_roles == frozenset()
    options = opened.options
    assert (options.engine, options.needs_approval, options.keep_backend) == ("tofu", True, True)
    assert (options.plan_role, options.plan_external_id, options.is_injected) == ("r", "x", False)


@pytest.mark.parametrize(
    ("runner", "secret", "credentials", "warning"),
    [
        ({}, "text", RunCredentials.SURROGATE, None),
        ({}, "AKIAIOSFODNN7EXAMPLE", RunCredentials.KEYS, "long-term keys"),
        ({"credentials": "injected", "reason": "why"}, "AKIAIOSFODNN7EXAMPLE", RunCredentials.INJECTED, "(why)"),
    ],
)
def test_what_the_module_gets_as_credentials_is_known_and_warned_about(
    runner: dict[str, str], secret: str, credentials: RunCredentials, warning: str | None
) -> None:
    inputs = read_inputs({"script": "#", "runner": runner}, {"variables": {"a": Secret(secret)}})
    assert inputs.credentials is credentials
    assert [warning in one for one in inputs.warnings() if warning] == ([True] if warning else [])
