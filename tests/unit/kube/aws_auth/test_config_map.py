import pytest

from leastway.kube.aws_auth import Flaw, parse
from tests.unit.kube.aws_auth.texts import NODES

FOUND = {
    "nothing wrong": ({"mapRoles": NODES, "mapUsers": "", "mapAccounts": "- '111122223333'"}, []),
    "keys in the wrong case": ({"maproles": NODES, "MapUsers": ""}, [Flaw.WRONG_CASE_KEY] * 2),
    "keys of somebody else": ({"notes": "x"}, []),
    "no yaml": ({"mapUsers": "- ["}, [Flaw.UNPARSEABLE]),
    "no list": ({"mapRoles": "none"}, [Flaw.NOT_A_LIST]),
    "no list of accounts": ({"mapAccounts": "a: b"}, [Flaw.NOT_A_LIST]),
    "two documents": ({"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n---\n[]"}, [Flaw.UNUSUAL_YAML]),
    "a key twice": ({"mapRoles": "- {rolearn: a, rolearn: b}"}, [Flaw.DUPLICATE_KEY]),
    "an item that is no mapping": ({"mapRoles": "- text\n-\n"}, [Flaw.NOT_AN_ENTRY] * 2),
    "no arn": ({"mapUsers": "- username: x\n"}, [Flaw.NO_ARN]),
    "the arn of the other section": ({"mapUsers": "- rolearn: arn:aws:iam::111122223333:role/a\n"}, [Flaw.NO_ARN]),
    "an identity center entry": ({"mapRoles": "- sso: {permissionSetName: a, accountID: '111122223333'}\n"}, []),
    "types": (
        {"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n  username: 1\n  groups: [yes, a]\n"},
        [Flaw.WRONG_TYPE] * 2,
    ),
    "groups that are one text": (
        {"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n  groups: admins\n"},
        [Flaw.WRONG_TYPE],
    ),
    "no groups": ({"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n  groups:\n"}, []),
    "twice": (
        {"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n- rolearn: arn:aws:iam::111122223333:role/A\n"},
        [Flaw.DUPLICATE_ARN],
    ),
    "a group too far to the right": (
        {"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n  groups:\n  - system:x\n    - system:nodes\n"},
        [Flaw.GROUP_WITH_BLANKS],
    ),
    "a path": ({"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/team/a\n"}, [Flaw.NEVER_MATCHES]),
    "a session": ({"mapRoles": "- rolearn: arn:aws:sts::111122223333:assumed-role/a/b\n"}, [Flaw.NEVER_MATCHES]),
    "a user with a path": ({"mapUsers": "- userarn: arn:aws-cn:iam::111122223333:user/team/a\n"}, []),
    "masters": (
        {"mapUsers": "- userarn: arn:aws:iam::111122223333:user/a\n  groups: ['system:masters']\n"},
        [Flaw.FULL_PRIVILEGES],
    ),
}


@pytest.mark.parametrize(("data", "flaws"), FOUND.values(), ids=FOUND)
def test_what_is_wrong_is_found(data: dict[str, str], flaws: list[Flaw]) -> None:
    assert [finding.flaw for finding in parse(data).findings] == flaws


def test_a_finding_names_its_place() -> None:
    (finding,) = parse({"mapRoles": NODES + "- username: x\n"}).findings
    assert (finding.section, finding.line) == ("mapRoles", 6)
    assert str(finding) == "mapRoles line 6: this entry has no rolearn, so it is left out"


def test_a_section_that_is_not_understood_is_unknown_and_not_empty() -> None:
    read = parse({"mapRoles": "- [", "mapUsers": ""})
    assert read.roles.entries is None
    assert read.users.entries == ()
    assert read.obstacle("arn:aws:iam::111122223333:role/a", "mapRoles") is not None
    assert read.obstacle("arn:aws:iam::111122223333:user/a", "mapUsers") is None


def test_an_entry_says_what_the_authenticator_takes_from_it() -> None:
    text = "- RoleARN: arn:aws:iam::111122223333:role/a\n  USERNAME: x\n  groups: ['1', b]\n  userid: y\n"
    ((section, entry),) = parse({"mapRoles": text}).entries_for("ARN:AWS:IAM::111122223333:ROLE/A")
    assert section.name == "mapRoles"
    assert entry.says("x", frozenset({"1", "b"}))
