"""The dated tables against all of botocore's models: hosts, signing names, actions, and answers with credentials.

Loading all models takes some seconds, so one fixture serves all tests of this file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.loaders import JSONFileLoader, Loader

from leastway.aws.calls import models
from leastway.aws.calls.actions import _table, actions_of, is_known_gap
from leastway.aws.calls.answers import answer_of, credentials_table
from leastway.aws.calls.call import CallAnswer
from leastway.aws.calls.hosts import HOST_PREFIXES
from leastway.policy.catalog import load_catalog
from tests.unit.aws.calls.carrying import operations_like_credentials

Models = Mapping[str, dict[str, Any]]


class _Files(JSONFileLoader):
    """Reads as botocore does, in half the time: it makes plain dictionaries."""

    def _load_file(self, full_path: str, open_method: Callable[[str, str], Any]) -> Any:
        if not Path(full_path).is_file():
            return None
        with open_method(full_path, "rb") as file:
            return msgspec.json.decode(file.read())


@pytest.fixture(scope="module")
def every() -> Models:
    loader = Loader(file_loader=_Files(), include_default_search_paths=False)
    loader.search_paths.extend(models._loader().search_paths)
    return {name: loader.load_service_model(name, "service-2") for name in loader.list_available_services("service-2")}


def test_the_services_sign_as_their_models_say(every: Models) -> None:
    signs_as = {
        name: model["metadata"].get("signingName", model["metadata"]["endpointPrefix"]) for name, model in every.items()
    }
    assert {name: models.signing_name_of(name) for name in models.service_names()} == signs_as


def test_the_prefixes_of_actions_are_in_the_catalog() -> None:
    known = load_catalog().services()
    prefixes = {prefix for name in models.service_names() for prefix in models.action_prefixes_of(name)}
    assert prefixes <= known


def test_the_host_prefixes_are_those_of_the_models(every: Models) -> None:
    found: dict[str, set[str]] = {}
    for name, model in every.items():
        for operation in model["operations"].values():
            prefix = (operation.get("endpoint") or {}).get("hostPrefix")
            if prefix:
                found.setdefault(name, set()).add(prefix)
    # A host with the id of a graph or of an object lambda's answer cannot be listed: these operations are refused.
    assert found.pop("neptune-graph") == {"{graphIdentifier}."}
    assert found.pop("s3") == {"{RequestRoute}."}
    assert {name: set(prefixes) for name, prefixes in HOST_PREFIXES.items()} == found


def test_each_operation_has_an_action_or_stands_in_the_list_of_gaps(every: Models) -> None:
    lacking = [
        f"{name} {operation}"
        for name, model in every.items()
        for operation, each in model["operations"].items()
        if not actions_of(name, operation, each["http"]["method"]) and not is_known_gap(name, operation)
    ]
    assert lacking == []


def test_an_operation_whose_action_became_known_leaves_the_list_of_gaps(every: Models) -> None:
    gaps = _table()["undocumented"]
    assert [
        f"{name} {operation}"
        for name in gaps
        for operation in gaps[name]
        if actions_of(name, operation, every[name]["operations"][operation]["http"]["method"])
    ] == []


def test_the_actions_of_the_table_are_in_the_catalog(every: Models) -> None:
    for name, model in every.items():
        for operation, each in model["operations"].items():
            for action in actions_of(name, operation, each["http"]["method"]):
                found = load_catalog().find_action(action)
                assert found is not None, f"{name} {operation}: {action}"
                assert found.full_name == action


def test_the_tables_name_no_operation_that_does_not_exist(every: Models) -> None:
    table = credentials_table()
    listed = [
        (service, operation)
        for kind in ("surrogate", "refused", "data", "reviewed")
        for service in table[kind]
        for operation in table[kind][service]
    ]
    listed += [
        (service, operation)
        for kind in ("actions", "undocumented")
        for service in _table()[kind]
        for operation in _table()[kind][service]
    ]
    assert [each for each in listed if each[1] not in every[each[0]]["operations"]] == []


def test_each_output_that_looks_like_credentials_was_reviewed(every: Models) -> None:
    table = credentials_table()
    kinds = ("surrogate", "refused", "data", "reviewed")
    missing = [
        f"{name} {operation}"
        for name, model in every.items()
        for operation in sorted(operations_like_credentials(model))
        if not any(operation in table[kind].get(name, ()) for kind in kinds)
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("sts", "GetSessionToken"),
        ("sts", "GetFederationToken"),
        ("sts", "AssumeRoleWithWebIdentity"),
        ("sts", "AssumeRoot"),
        ("iam", "CreateAccessKey"),
        ("iam", "CreateServiceSpecificCredential"),
        ("iam", "CreateLoginProfile"),
        ("s3control", "GetDataAccess"),
        ("sso", "GetRoleCredentials"),
        ("cognito-identity", "GetCredentialsForIdentity"),
        ("eks-auth", "AssumeRoleForPodIdentity"),
        ("ecr", "GetAuthorizationToken"),
        ("codeartifact", "GetAuthorizationToken"),
    ],
)
def test_answers_with_credentials_are_refused(service: str, operation: str) -> None:
    assert answer_of(service, operation) is CallAnswer.REFUSED


def test_sessions_that_the_gateway_answers_for_get_surrogates() -> None:
    assert answer_of("sts", "AssumeRole") is answer_of("s3", "CreateSession") is CallAnswer.SURROGATE
