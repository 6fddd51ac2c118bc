import pytest

from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import ContextValue
from leastway.policy.requests import realistic_request

A = "111122223333"
USER = f"arn:aws:iam::{A}:user/team/bob"
CLUSTER = f"arn:aws:eks:eu-central-1:{A}:cluster/c"


def context(caller: str = USER, resource: str = CLUSTER, **given: ContextValue) -> dict[str, object]:
    named = {key.replace("_", ":", 1): value for key, value in given.items()}
    request = realistic_request(caller, "eks:DescribeCluster", resource, context=named, catalog=load_catalog())
    return dict(request.context)


def test_keys_that_follow_from_caller_and_resource_are_added() -> None:
    assert context() == {
        "aws:principaltype": "User",
        "aws:principalaccount": A,
        "aws:principalarn": USER,
        "aws:username": "bob",
        "aws:principalisawsservice": "false",
        "aws:viaawsservice": "false",
        "aws:resourceaccount": A,
    }


@pytest.mark.parametrize(
    ("caller", "key", "value"),
    [
        (f"arn:aws:sts::{A}:assumed-role/app/run", "aws:principalarn", f"arn:aws:iam::{A}:role/app"),
        (f"arn:aws:sts::{A}:assumed-role/app/run", "aws:principaltype", "AssumedRole"),
        (f"arn:aws:iam::{A}:role/app", "aws:principaltype", "AssumedRole"),
        (f"arn:aws:iam::{A}:role/app", "aws:username", None),
        (f"arn:aws:iam::{A}:root", "aws:principaltype", "Account"),
        ("ec2.amazonaws.com", "aws:principalservicename", "ec2.amazonaws.com"),
        ("ec2.amazonaws.com", "aws:principalisawsservice", "true"),
        ("ec2.amazonaws.com", "aws:principalaccount", None),
        ("*", "aws:principaltype", "Anonymous"),
        ("*", "aws:principalisawsservice", None),
    ],
)
def test_the_kind_of_caller_decides_which_keys_are_added(caller: str, key: str, value: str | None) -> None:
    assert context(caller).get(key) == value


def test_given_context_overrides_added_keys() -> None:
    assert context(aws_PrincipalArn="x")["aws:principalarn"] == "x"
    assert context(aws_CalledVia="athena.amazonaws.com")["aws:viaawsservice"] == "true"


def test_the_type_of_a_key_decides_between_value_and_list() -> None:
    found = context(aws_TagKeys="a", aws_SourceIp=["10.0.0.1"], eks_kubernetesGroups="g", my_key=["a"], my_other="a")
    assert found["aws:tagkeys"] == ("a",)
    assert found["aws:sourceip"] == "10.0.0.1"
    assert found["eks:kubernetesgroups"] == ("g",)
    assert (found["my:key"], found["my:other"]) == (("a",), "a")


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("eks:ListClusters", f"arn:aws:eks:eu-central-1:{A}:cluster/*"),
        ("logs:DescribeLogGroups", f"arn:aws:logs:eu-central-1:{A}:log-group::log-stream:"),
    ],
)
def test_an_action_without_documented_resources_may_be_requested_on_all_of_a_type(action: str, resource: str) -> None:
    given = {"aws:ResourceTag/a": "b"}
    request = realistic_request(USER, action, resource, context=given, catalog=load_catalog())
    assert request.resource == resource
    assert "aws:resourcetag/a" not in request.context
    assert request.context["aws:resourceaccount"] == A


def test_an_action_without_a_single_resource_is_requested_on_everything_without_tags() -> None:
    given = {"aws:ResourceTag/a": "b", "aws:SourceIp": "10.0.0.1"}
    request = realistic_request(USER, "eks:ListClusters", CLUSTER, context=given, catalog=load_catalog())
    assert request.resource == "*"
    assert "aws:resourcetag/a" not in request.context
    assert "aws:resourceaccount" not in request.context
    assert "aws:sourceip" in request.context
