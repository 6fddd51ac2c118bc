from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.lint import Finding, Severity, Unchecked
from leastway.terraform import (
    ActionKind,
    Plan,
    RuleResult,
    check_plan,
    conftest_command,
    read_conftest,
    read_outputs,
    read_plan,
)

EVERYTHING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
EVERYBODY = {"Version": "2012-10-17", "Statement": [{**EVERYTHING["Statement"][0], "Principal": "*"}]}
ONE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}],
}
ANYONE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


def change(address: str, *actions: str, after: Any = None, **more: Any) -> dict[str, Any]:
    resource = {"address": address, "type": address.partition(".")[0], "provider_name": "p"}
    inner = {"after_unknown": {}, "replace_paths": None, **more.pop("change", {})}
    return {**resource, **more, "change": {"actions": list(actions), "before": None, "after": after, **inner}}


def plan(*changes: dict[str, Any], **more: Any) -> Plan:
    return read_plan(json.dumps({"format_version": "1.2", "resource_changes": list(changes), **more}).encode())


def test_changes_are_read_with_what_forces_a_replacement() -> None:
    read = plan(
        change("a.kept", "no-op"),
        change("a.new", "create"),
        change("a.other", "delete", "create", change={"replace_paths": [["name"], ["block", 0, "size"]]}),
        change("a.first", "create", "delete", action_reason="replace_because_tainted"),
        change("a.gone", "delete", action_reason="delete_because_no_resource_config"),
        change("a.left", "forget"),
        change("data.a.read", "read"),
    )
    assert read.count() == {"create": 1, "replace": 2, "delete": 1, "forget": 1, "read": 1}
    assert [(each.address, each.because) for each in read.removals] == [
        ("a.other", ("name", "block.0.size")),
        ("a.first", ("replace because tainted",)),
        ("a.gone", ("delete because no resource config",)),
    ]
    assert read.has_changes
    assert not plan(change("a.kept", "no-op"), change("data.a.read", "read")).has_changes
    assert plan(output_changes={"o": {"actions": ["update"]}}).has_changes


def test_sensitive_values_come_from_variables_resources_outputs_and_states() -> None:
    read = plan(
        change(
            "a.b",
            "update",
            after={"x": ["open", "of-the-list"], "y": {"z": "of-the-object"}, "w": "open"},
            change={
                "before": {"x": "before-it"},
                "before_sensitive": True,
                "after_sensitive": {"x": [False, True], "y": {"z": True}},
            },
        ),
        variables={"p": {"value": "of-a-variable"}, "q": {"value": "open"}},
        configuration={"root_module": {"variables": {"p": {"sensitive": True}, "q": {}}}},
        output_changes={"o": {"actions": ["create"], "after": 12345678, "after_sensitive": True}},
        prior_state={"values": {"outputs": {"s": {"sensitive": True, "value": "of-the-state"}}}},
        planned_values={
            "root_module": {
                "child_modules": [{"resources": [{"values": {"a": "of-a-child"}, "sensitive_values": {"a": True}}]}]
            }
        },
    )
    assert read.sensitive == {
        *("before-it", "of-the-list", "of-the-object", "of-a-variable"),
        *("12345678", "of-the-state", "of-a-child"),
    }
    assert [(each.name, each.is_sensitive) for each in read.outputs] == [("o", True)]
    assert "of-the-state" not in repr(read)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'{"format_version": "2.0"}',
        b"{}",
        b'{"format_version": "1.0", "resource_changes": [{"address": "a"}]}',
        b'{"format_version": "1.0", "resource_changes": [{"address": "a", "type": "t", "change": {"actions": ["x"]}}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_a_plan_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidInputError):
        read_plan(text)


def test_an_output_without_a_mark_counts_as_sensitive() -> None:
    open_one, marked, unmarked = read_outputs(
        b'{"a": {"sensitive": false, "value": 1}, "b": {"sensitive": true, "value": "x"}, "c": {"value": "y"}}'
    )
    assert (open_one.is_sensitive, marked.is_sensitive, unmarked.is_sensitive) == (False, True, True)
    assert "'x'" not in repr(marked)
    with pytest.raises(InvalidInputError, match="without a value"):
        read_outputs(b'{"a": {}}')


def found(*changes: dict[str, Any]) -> set[tuple[str, str]]:
    results = check_plan(plan(*changes)).results
    return {(each.file or "", each.rule) for each in results if isinstance(each, Finding)}


def test_policies_that_would_be_created_or_changed_are_checked_where_they_stand() -> None:
    text = json.dumps(EVERYTHING)
    assert ("aws_iam_policy.a", "full-privileges") in found(
        change("aws_iam_policy.a", "create", after={"policy": text})
    )
    inline = {"assume_role_policy": json.dumps(ANYONE), "inline_policy": [{"name": "i", "policy": text}]}
    of_role = found(change("aws_iam_role.r", "update", after=inline))
    assert {"full-privileges", "wildcard-principal"} <= {rule for _, rule in of_role}
    assert found(change("aws_iam_policy.a", "create", after={"policy": json.dumps(ONE)})) == set()
    assert found(change("aws_iam_policy.a", "delete", after=None)) == set()
    assert found(change("aws_iam_policy.a", "no-op", after={"policy": text})) == set()
    (result, *_) = check_plan(plan(change("aws_iam_policy.a", "create", after={"policy": text}))).results
    assert result.pointer.startswith("/policy")


def test_a_managed_policy_with_full_privileges_is_found_by_its_name() -> None:
    attached = {"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess", "role": "r"}
    address = "aws_iam_role_policy_attachment.a"
    assert (address, "full-privileges") in found(change(address, "create", after=attached))
    listed = {"managed_policy_arns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}
    assert ("aws_iam_role.r", "full-privileges") in found(change("aws_iam_role.r", "create", after=listed))


@pytest.mark.parametrize(
    ("after", "unknown", "word"),
    [
        (None, {"policy": True}, "known only after the apply"),
        ({"policy": "{"}, {}, "cannot be read"),
        ({"policy": "[1]"}, {}, ""),
    ],
)
def test_a_policy_that_cannot_be_checked_is_reported_and_never_skipped(after: Any, unknown: Any, word: str) -> None:
    checked = check_plan(
        plan(change("aws_s3_bucket_policy.b", "create", after=after, change={"after_unknown": unknown}))
    )
    (result,) = checked.results
    assert isinstance(result, Unchecked)
    assert (word in result.reason, result.file) == (True, "aws_s3_bucket_policy.b")


def test_rules_of_the_operators_own_are_read_from_conftest() -> None:
    written = [{"successes": 2, "failures": [{"msg": "no deletions"}], "warnings": [{"msg": "no tags"}]}]
    results = read_conftest(json.dumps(written).encode(), status=1)
    assert results == (RuleResult("no deletions", Severity.ERROR), RuleResult("no tags", Severity.WARNING))
    assert check_plan(plan(), rules=results).has_errors
    assert read_conftest(b'[{"successes": 1}]', status=0) == ()
    assert not check_plan(plan(), rules=read_conftest(b'[{"successes": 1}]', status=0)).has_errors
    assert conftest_command(Path("/c"), Path("/rules")) == (
        *("/c", "test", "--output=json", "--no-color", "--parser=json", "--policy=/rules", "-"),
    )


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"", 0),
        (b"[]", 0),
        (b'[{"successes": 0}]', 0),
        (b'[{"successes": 1}]', 2),
        (b'[{"successes": 1}]', 1),
        (b'[{"failures": [{}]}]', 1),
        (b"{}", 0),
    ],
)
def test_a_conftest_that_judged_nothing_is_an_error(text: bytes, status: int) -> None:
    with pytest.raises(InvalidInputError, match="conftest"):
        read_conftest(text, status=status)


def test_kinds_are_named_as_they_are_counted() -> None:
    assert {kind.value for kind in ActionKind} == {"none", "create", "read", "update", "replace", "delete", "forget"}


_IDENTITY = ("role_policy.policy", "user_policy.policy", "group_policy.policy")
_RESOURCE = (
    "aws_backup_vault_policy.policy",
    "aws_ecr_repository_policy.policy",
    "aws_efs_file_system_policy.policy",
    "aws_glacier_vault.access_policy",
    "aws_kms_key.policy",
    "aws_kms_key_policy.policy",
    "aws_opensearch_domain_policy.access_policies",
    "aws_s3_bucket.policy",
    "aws_s3_bucket_policy.policy",
    "aws_secretsmanager_secret.policy",
    "aws_secretsmanager_secret_policy.policy",
    "aws_sns_topic.policy",
    "aws_sns_topic_policy.policy",
    "aws_sqs_queue.policy",
    "aws_sqs_queue_policy.policy",
)
_MANAGED = ("iam_policy", "iam_role_policy", "iam_user_policy", "iam_group_policy")


@pytest.mark.parametrize("actions", ["create", "update", "replace"])
@pytest.mark.parametrize(
    ("field", "policy"),
    [
        *((f"aws_iam_{each}", EVERYTHING) for each in _IDENTITY),
        ("aws_ssoadmin_permission_set_inline_policy.inline_policy", EVERYTHING),
        *((each, EVERYBODY) for each in _RESOURCE),
    ],
)
def test_a_dangerous_policy_is_an_error_in_each_resource_that_has_one(
    field: str, policy: dict[str, Any], actions: str
) -> None:
    kind, _, name = field.partition(".")
    after = {name: json.dumps(policy)}
    made = change(f"{kind}.a", *(("delete", "create") if actions == "replace" else (actions,)), after=after)
    assert check_plan(plan(made)).has_errors


@pytest.mark.parametrize("kind", _MANAGED)
def test_a_managed_policy_with_full_privileges_is_an_error_wherever_it_is_attached(kind: str) -> None:
    attached = {"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    assert check_plan(plan(change(f"aws_{kind}_attachment.a", "create", after=attached))).has_errors


def test_a_policy_that_cannot_be_checked_is_no_error() -> None:
    unknown = change("aws_s3_bucket_policy.b", "create", after=None, change={"after_unknown": {"policy": True}})
    assert not check_plan(plan(unknown)).has_errors
