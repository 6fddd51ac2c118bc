import pytest

from leastway.aws_auth import FlawKind, parse, remove
from leastway.errors import LeastwayError
from tests.unit.aws_auth.texts import NODES, USER

FOUND = {
    "valid": ({"mapRoles": NODES, "mapUsers": "", "mapAccounts": "- '111122223333'"}, []),
    "keys in the wrong case": ({"maproles": NODES, "MapUsers": ""}, [FlawKind.WRONG_CASE_KEY] * 2),
    "unrelated keys": ({"notes": "x"}, []),
    "not yaml": ({"mapUsers": "- ["}, [FlawKind.UNPARSEABLE]),
    "not a list": ({"mapRoles": "none"}, [FlawKind.NOT_A_LIST]),
    "accounts that are not a list": ({"mapAccounts": "a: b"}, [FlawKind.NOT_A_LIST]),
    "two documents": ({"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n---\n[]"}, [FlawKind.UNUSUAL_YAML]),
    "a key twice": ({"mapRoles": "- {rolearn: a, rolearn: b}"}, [FlawKind.DUPLICATE_KEY]),
    "an item that is not a mapping": ({"mapRoles": "- text\n-\n"}, [FlawKind.NOT_AN_ENTRY] * 2),
    "no arn": ({"mapUsers": "- username: x\n"}, [FlawKind.NO_ARN]),
    "the arn of the other section": ({"mapUsers": "- rolearn: arn:aws:iam::111122223333:role/a\n"}, [FlawKind.NO_ARN]),
    "an identity center entry": ({"mapRoles": "- sso: {permissionSetName: a, accountID: '111122223333'}\n"}, []),
    "types": (
        {"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n  username: 1\n  groups: [yes, a]\n"},
        [FlawKind.WRONG_TYPE] * 2,
    ),
    "groups that are one string": (
        {"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n  groups: admins\n"},
        [FlawKind.WRONG_TYPE],
    ),
    "no groups": ({"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n  groups:\n"}, []),
    "twice": (
        {"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n- rolearn: arn:aws:iam::111122223333:role/A\n"},
        [FlawKind.DUPLICATE_ARN],
    ),
    "a group indented too far": (
        {"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/a\n  groups:\n  - system:x\n    - system:nodes\n"},
        [FlawKind.GROUP_WITH_BLANKS],
    ),
    "a path": ({"mapRoles": "- rolearn: arn:aws:iam::111122223333:role/team/a\n"}, [FlawKind.NEVER_MATCHES]),
    "a session": ({"mapRoles": "- rolearn: arn:aws:sts::111122223333:assumed-role/a/b\n"}, [FlawKind.NEVER_MATCHES]),
    "a user with a path": ({"mapUsers": "- userarn: arn:aws-cn:iam::111122223333:user/team/a\n"}, []),
    "masters": (
        {"mapUsers": "- userarn: arn:aws:iam::111122223333:user/a\n  groups: ['system:masters']\n"},
        [FlawKind.FULL_PRIVILEGES],
    ),
}


@pytest.mark.parametrize(("data", "flaws"), FOUND.values(), ids=FOUND)
def test_flaws_are_found(data: dict[str, str], flaws: list[FlawKind]) -> None:
    assert [flaw.kind for flaw in parse(data).flaws] == flaws


def test_a_flaw_states_its_section_and_line() -> None:
    (flaw,) = parse({"mapRoles": NODES + "- username: x\n"}).flaws
    assert (flaw.section, flaw.line) == ("mapRoles", 6)
    assert str(flaw) == "mapRoles line 6: this entry has no rolearn, so it is ignored"


def test_an_unparseable_section_is_unknown_and_not_empty() -> None:
    read = parse({"mapRoles": "- [", "mapUsers": ""})
    assert read.roles.entries is None
    assert read.users.entries == ()
    assert read.obstacle("arn:aws:iam::111122223333:role/a", "mapRoles") is not None
    assert read.obstacle("arn:aws:iam::111122223333:user/a", "mapUsers") is not None, "it may name anyone"


def test_a_section_that_is_not_a_list_maps_nobody_and_is_not_edited() -> None:
    read = parse({"mapRoles": "none", "mapUsers": ""})
    assert read.obstacle(USER) is None
    assert read.obstacle(USER, "mapUsers") is None
    assert read.obstacle("arn:aws:iam::111122223333:role/a", "mapRoles") is not None


READ = {
    "hexadecimal": '- userarn: "arn:aws:iam::111122223333:user/platform/humanite\\x63"',
    "unicode": '- userarn: "arn:aws:iam::111122223333:user/platform/humanite\\u0063"',
    "long unicode": '- userarn: "arn:aws:iam::111122223333:user/platform/humanite\\U00000063"',
    "a continued line": '- userarn: "arn:aws:iam::111122223333:user/plat\\\n    form/humanitec"',
    "folded": "- userarn: >-\n    arn:aws:iam::111122223333:user/platform/humanitec\n",
    "literal": "- userarn: |-\n    arn:aws:iam::111122223333:user/platform/humanitec\n",
    "a key in the long form": "- ? userarn\n  : arn:aws:iam::111122223333:user/platform/humanitec\n",
    "a pair in brackets": "[userarn: arn:aws:iam::111122223333:user/platform/humanitec]",
    "upper case": "- USERARN: ARN:AWS:IAM::111122223333:USER/PLATFORM/HUMANITEC\n",
    "in the other section": "- rolearn: arn:aws:iam::111122223333:user/platform/humanitec\n",
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_unambiguous_spellings_of_an_arn_are_read(text: str) -> None:
    section = "mapRoles" if "rolearn" in text else "mapUsers"
    read = parse({section: text})
    assert read.obstacle(USER) is None
    assert [entry.arn.lower() for _, entry in read.entries_for(USER)] == [USER]


MAY_BE_ANYBODY = {
    "an escape of JSON": '- userarn: "arn:aws:iam::111122223333:user\\/platform\\/humanitec"',
    "an anchor": "- username: &who arn:aws:iam::111122223333:user/platform/humanitec\n- userarn: *who\n",
    "a tag": "- userarn: !!binary YXJuOmF3czppYW06OjExMTEyMjIyMzMzMzp1c2VyL3BsYXRmb3JtL2h1bWFuaXRlYw==\n",
    "a merge": "- <<: {userarn: 'arn:aws:iam::111122223333:user/platform/humanitec'}\n",
    "a key twice": "- userarn: x\n  userarn: arn:aws:iam::111122223333:user/platform/humanitec\n",
    "a letter that folds into one of the key": "- u\u017ferarn: arn:aws:iam::111122223333:user/platform/humanitec\n",
    "a letter that becomes one of the ARN": "- userarn: arn:aws:iam::111122223333:user/\u212aim\n",
    "a byte order mark": "\ufeff- userarn: arn:aws:iam::111122223333:user/platform/humanitec\n",
    "an end-of-document marker": "- userarn: arn:aws:iam::111122223333:user/platform/humanitec\n...\n",
    "a second document": "- userarn: arn:aws:iam::111122223333:user/platform/humanitec\n---\n- x\n",
    "a directive": "%YAML 1.1\n---\n- userarn: arn:aws:iam::111122223333:user/platform/humanitec\n",
    "a trailing tab": "- userarn: arn:aws:iam::111122223333:user/platform/humanitec\t\n",
    "a lone carriage return": "- userarn: arn:aws:iam::111122223333:user/platform/humanitec\r",
    "a rare line break": "- userarn: arn:aws:iam::111122223333:user/platform/humanitec\x85  x: y",
    "a lone surrogate": "- userarn: arn:aws:iam::111122223333:user/platform/humanitec\ud800\n",
    "many levels": "[" * 100_000,
    "many closed levels": "[" * 600 + "]" * 600,
}


@pytest.mark.parametrize("text", MAY_BE_ANYBODY.values(), ids=MAY_BE_ANYBODY)
@pytest.mark.parametrize("section", ["mapRoles", "mapUsers"])
def test_an_ambiguous_section_may_name_anyone(text: str, section: str) -> None:
    text = text.replace("userarn", "rolearn") if section == "mapRoles" else text
    read = parse({section: text})
    for arn in (USER, "arn:aws:iam::111122223333:role/other", "arn:aws:iam::444455556666:root"):
        assert read.obstacle(arn) is not None
        with pytest.raises(LeastwayError, match="not edited"):
            remove({section: text}, arn)


ACCOUNTS = {
    "none": ("", frozenset()),
    "quoted or not": (
        "- '111122223333'\n- 444455556666\n- 012345678901\n",
        {"111122223333", "444455556666", "012345678901"},
    ),
    "not a list": ("none", frozenset()),
    "null and nested items": ("-\n- [a]\n", frozenset()),
    "an anchor": ("- &a '111122223333'\n- *a\n", None),
    "not yaml": ("- [", None),
}


@pytest.mark.parametrize(("text", "accounts"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_accounts_are_read_or_unknown(text: str, accounts: frozenset[str] | None) -> None:
    read = parse({"mapAccounts": text})
    assert read.accounts == accounts
    assert read.obstacle(USER) is None, "an account maps nobody to a group"
    assert (read.account_obstacle(USER) is not None) == (accounts is None)
    assert read.admits_account(USER) == ("111122223333" in (accounts or ()))
    with_entry = parse({"mapAccounts": text, "mapUsers": f"- userarn: {USER}\n"})
    assert with_entry.account_obstacle(USER) is None, "an entry takes precedence over its account"


def test_an_identity_center_entry_may_mean_a_reserved_role() -> None:
    sso = "- sso: {permissionSetName: a, accountID: '111122223333'}\n"
    reserved = "arn:aws:iam::111122223333:role/AWSReservedSSO_a_0123456789abcdef"
    assert parse({"mapRoles": sso}).obstacle(reserved) is not None
    assert parse({"mapRoles": sso}).obstacle(USER) is None
    assert parse({"mapRoles": NODES}).obstacle(reserved) is None


def test_an_entry_is_read_as_the_authenticator_reads_it() -> None:
    text = "- RoleARN: arn:aws:iam::111122223333:role/a\n  USERNAME: x\n  groups: ['1', b]\n  userid: y\n"
    ((section, entry),) = parse({"mapRoles": text}).entries_for("ARN:AWS:IAM::111122223333:ROLE/A")
    assert section.name == "mapRoles"
    assert entry.says("x", frozenset({"1", "b"}))
