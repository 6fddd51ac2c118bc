import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.sandbox.eks_auth.authenticator import canonical, without_role_path
from leastway.sandbox.eks_auth.aws_auth import MappedPrincipal, parse_aws_auth


def test_all_sections_are_parsed() -> None:
    parsed = parse_aws_auth(
        {
            "mapRoles": "- rolearn: arn:aws:iam::111122223333:role/Node\n  username: node\n  groups:\n  - a\n  - b\n",
            "mapUsers": "- {userarn: arn:aws:iam::111122223333:user/x, username: x, groups: []}",
            "mapAccounts": '- "111122223333"\n- 444455556666\n',
        }
    )
    node = MappedPrincipal("arn:aws:iam::111122223333:role/Node", "node", ("a", "b"))
    assert parsed.find("arn:aws:iam::111122223333:role/NODE") == node
    assert parsed.find("arn:aws:iam::111122223333:role/other") is None
    assert parsed.accounts == {"111122223333", "444455556666"}


def test_yaml_1_1_booleans_are_not_names() -> None:
    parsed = parse_aws_auth({"mapUsers": "- {userarn: a, username: no, groups: [yes, 'yes', admins]}"})
    assert parsed.users == {"a": MappedPrincipal("a", "", ("", "yes", "admins"))}


@given(st.text(alphabet="ab:-[]{}'\"\n\t &*!|>#%@`,?", max_size=40))
def test_any_text_is_parsed_without_an_error(text: str) -> None:
    parse_aws_auth({"mapRoles": text, "mapUsers": text, "mapAccounts": text})


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        ("arn:aws:sts::111122223333:assumed-role/r/s", "arn:aws:iam::111122223333:role/r"),
        ("arn:aws-cn:sts::111122223333:assumed-role/r/s", "arn:aws-cn:iam::111122223333:role/r"),
        ("arn:aws:iam::111122223333:user/team/x", "arn:aws:iam::111122223333:user/team/x"),
        ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
        ("arn:aws:sts::111122223333:federated-user/x", "arn:aws:sts::111122223333:federated-user/x"),
        ("arn:aws:sts::111122223333:assumed-role/r", None),
        ("arn:aws:s3:::bucket", None),
        ("nothing", None),
    ],
)
def test_a_caller_has_the_iam_arn_of_its_principal(caller: str, expected: str | None) -> None:
    assert canonical(caller) == expected


def test_the_path_is_removed_from_roles_only() -> None:
    assert without_role_path("arn:aws:iam::111122223333:role/a/b/r") == "arn:aws:iam::111122223333:role/r"
    assert without_role_path("arn:aws:iam::111122223333:user/a/b/u") == "arn:aws:iam::111122223333:user/a/b/u"
