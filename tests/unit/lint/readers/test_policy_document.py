import pytest

from leastway.lint.readers.policy_document import guess_kind
from leastway.policy import PolicyKind

TRUST = {"Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole", "sts:TagSession"]}


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, PolicyKind.IDENTITY),
        (TRUST, PolicyKind.TRUST),
        ({**TRUST, "Action": "sts:AssumeRoleWithWebIdentity"}, PolicyKind.TRUST),
        ({**TRUST, "Action": "sts:*"}, PolicyKind.TRUST),
        ({**TRUST, "Action": ["sts:AssumeRole", "sqs:*"]}, PolicyKind.RESOURCE),
        ({**TRUST, "Resource": "*"}, PolicyKind.RESOURCE),
        ({"Effect": "Deny", "NotPrincipal": "*", "Action": "ecr:*"}, PolicyKind.RESOURCE),
        ({"Effect": "Allow", "Principal": "*", "Action": 7}, PolicyKind.RESOURCE),
        ("no statement", PolicyKind.IDENTITY),
    ],
)
def test_the_kind_is_guessed_from_principals_resources_and_actions(statement: object, kind: PolicyKind) -> None:
    assert guess_kind({"Statement": statement}) is kind
    assert guess_kind({"Statement": [statement]}) is kind
