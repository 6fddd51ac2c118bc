from dataclasses import replace

import pytest

from leastway.aws_auth import merge, parse, remove
from leastway.errors import LeastwayError
from tests.unit.aws_auth.texts import BLOCK, NODES, OUR_USER, OURS, ROLE, USER

FLOW = '{"rolearn": "arn:aws:iam::111122223333:role/humanitec", "username": "humanitec", "groups": ["humanitec"]}'
INDENTED = BLOCK.replace("\n", "\n  ").removesuffix("  ")

MERGES = {
    "into an empty text": ("", BLOCK),
    "into an empty string": ('""', BLOCK),
    "after the node roles": (NODES, NODES + BLOCK),
    "after a last line without a newline": (NODES.rstrip(), NODES + BLOCK),
    "before a comment at the end": (NODES + "# the end\n", NODES + BLOCK + "# the end\n"),
    "after comments only": ("# nobody yet\n", "# nobody yet\n" + BLOCK),
    "after a document start": ("---\n" + NODES, "---\n" + NODES + BLOCK),
    "with the existing indent": ("  - rolearn: x\n", "  - rolearn: x\n  " + INDENTED),
    "with the existing line endings": ("- rolearn: x\r\n", "- rolearn: x\r\n" + BLOCK.replace("\n", "\r\n")),
    "after a multi-line string": ("- rolearn: |\n    x\n\n", "- rolearn: |\n    x\n\n" + BLOCK),
    "after an empty item": ("- rolearn: x\n-\n", "- rolearn: x\n-\n" + BLOCK),
    "into brackets": ("[] # none", f"[{FLOW}] # none"),
    "into brackets with an item": ("[{rolearn: x}, ] # one", f"[{{rolearn: x}}, {FLOW}, ] # one"),
    "instead of null": ("null # none", f"[{FLOW}] # none"),
    "instead of an old entry of ours": (
        NODES + "# ours\n- rolearn: ARN:aws:iam::111122223333:role/Humanitec # old\n  username: old\n# others\n",
        NODES + "# ours\n" + BLOCK + "# others\n",
    ),
    "instead of the last of two": (
        f"- rolearn: {ROLE}\n# between\n- rolearn: x\n- rolearn: {ROLE}\n  username: b\n",
        "# between\n- rolearn: x\n" + BLOCK,
    ),
    "instead of one in brackets": (
        f"[{{rolearn: {ROLE}}}, {{rolearn: x}}, {{rolearn: {ROLE}}}]",
        f"[{{rolearn: x}}, {FLOW}]",
    ),
}


@pytest.mark.parametrize(("before", "after"), MERGES.values(), ids=MERGES)
def test_merge_keeps_all_other_text(before: str, after: str) -> None:
    merged = merge({"mapRoles": before, "mapAccounts": "- '1'"}, OURS)
    assert merged == {"mapRoles": after, "mapAccounts": "- '1'"}
    assert merge(merged, OURS) is merged


REMOVALS = {
    "the only one": (BLOCK, None),
    "the only one below a comment": ("# head\n" + BLOCK, "# head\n"),
    "after the node roles": (NODES + BLOCK + "# end\n", NODES + "# end\n"),
    "before the node roles": (BLOCK + "# nodes\n" + NODES, "# nodes\n" + NODES),
    "in another case": (NODES + BLOCK.replace("role/humanitec", "role/HUMANITEC"), NODES),
    "all of them": (BLOCK + NODES + BLOCK, NODES),
    "the first in brackets": (f"[{FLOW}, {{rolearn: x}}]", "[{rolearn: x}]"),
    "the last in brackets": (f"[{{rolearn: x}}, {FLOW} ]", "[{rolearn: x} ]"),
    "several in brackets": (f"[{FLOW}, {FLOW},{{rolearn: x}}, {FLOW} , {FLOW},]", "[{rolearn: x},]"),
    "the only one in brackets": (f"[ {FLOW}, ]", "[]"),
}


@pytest.mark.parametrize(("before", "after"), REMOVALS.values(), ids=REMOVALS)
def test_remove_keeps_all_other_text(before: str, after: str | None) -> None:
    removed = remove({"mapRoles": before}, ROLE)
    assert removed == ({} if after is None else {"mapRoles": after})
    assert remove(removed, ROLE) is removed


def test_a_user_goes_into_map_users_with_its_path() -> None:
    merged = merge({"mapRoles": NODES}, OUR_USER)
    assert merged["mapRoles"] == NODES
    assert merged["mapUsers"] == f"- userarn: {USER}\n  username: humanitec\n  groups:\n    - humanitec\n"
    assert remove(merged, USER) == {"mapRoles": NODES}


def test_an_entry_in_the_wrong_section_moves() -> None:
    """The authenticator searches roles first, and accepts a user's ARN there too."""
    merged = merge({"mapRoles": NODES + f"- rolearn: {USER}\n  groups: [old]\n"}, OUR_USER)
    assert merged["mapRoles"] == NODES
    assert [entry.groups for _, entry in parse(merged).entries_for(USER)] == [("humanitec",)]
    assert remove({"mapRoles": NODES + f"- rolearn: {USER}\n"}, USER) == {"mapRoles": NODES}


def test_unusual_names_are_quoted_and_read_back() -> None:
    odd = replace(OURS, username="{{SessionName}}", groups=frozenset({"yes", "1e3", "a: b", 'say "hi"', "é # x", "y"}))
    for text in (NODES, "[]"):
        merged = merge({"mapRoles": text}, odd)
        ((_, entry),) = parse(merged).entries_for(ROLE)
        assert (entry.username, frozenset(entry.groups)) == (odd.username, odd.groups)


def test_no_groups_are_an_empty_list() -> None:
    merged = merge({}, replace(OURS, groups=frozenset()))
    assert merged["mapRoles"].endswith("  groups: []\n")


REFUSED = {
    "not yaml": ("- rolearn: x\n groups: [", "not valid YAML|expected|did not|while|mapping"),
    "not a list": ("rolearn: x\n", "not a list"),
    "a key twice": ("- rolearn: x\n  rolearn: y\n", "appears twice"),
    "a key twice in two cases": ("- rolearn: x\n  roleARN: y\n", "appears twice"),
    "two documents": ("- rolearn: x\n---\n- rolearn: y\n", "second document"),
    "an anchor": ("- rolearn: x\n  groups: &g [a]\n- rolearn: y\n  groups: *g\n", "an anchor"),
    "a tag": ("- rolearn: !!str x\n", "a tag"),
    "a merge key": ("- <<: {a: b}\n", "a key that is not a string"),
    "a directive": ("%YAML 1.2\n---\n- rolearn: x\n", "directive"),
    "an end-of-document marker": ("- rolearn: x\n...\n", "end-of-document marker"),
    "a tab": ("- rolearn: x\n\tgroups: []\n", "a tab"),
    "a rare line break": ("- rolearn: x\u2028\n", "line break"),
    "a lone carriage return": ("- rolearn: x\r- rolearn: y\n", "line break"),
    "what JSON cannot represent": ("- rolearn: x\n  username: .NaN\n", "NaN"),
    "an escape of JSON": ('[{"rolearn": "a\\/b"}]', "escape"),
    "a leading colon in brackets": ("---\n- groups: [:x]\n", "in brackets"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_an_ambiguous_section_is_not_edited(text: str, why: str) -> None:
    with pytest.raises(LeastwayError, match=why) as refused:
        merge({"mapRoles": text}, OURS)
    assert "mapRoles" in str(refused.value)
    assert refused.value.fix


@pytest.mark.parametrize("text", [text for text, why in REFUSED.values() if why != "not a list"])
def test_an_ambiguous_section_also_blocks_edits_of_the_other_one(text: str) -> None:
    """It may name the principal, even if the ARN is not written literally in it."""
    with pytest.raises(LeastwayError, match="mapRoles"):
        merge({"mapRoles": text}, OUR_USER)
    with pytest.raises(LeastwayError, match="mapRoles"):
        remove({"mapRoles": text, "mapUsers": f"- userarn: {USER}\n"}, USER)


def test_a_section_that_is_not_a_list_blocks_only_itself() -> None:
    assert merge({"mapRoles": "none"}, OUR_USER)["mapRoles"] == "none"
    assert remove({"mapRoles": "none", "mapUsers": f"- userarn: {USER}\n"}, USER) == {"mapRoles": "none"}


def test_a_role_arn_with_a_path_is_rejected() -> None:
    with pytest.raises(LeastwayError, match="matches nobody"):
        merge({}, replace(OURS, arn="arn:aws:iam::111122223333:role/team/humanitec"))


def test_invisible_characters_are_rejected() -> None:
    for text in (NODES, "[]"):
        with pytest.raises(LeastwayError, match="cannot contain"):
            merge({"mapRoles": text}, replace(OURS, username="a\nb"))


def test_the_proof_after_an_edit_protects_all_other_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever mistake the edit makes, the proof after it refuses the result."""
    for wrong in (BLOCK, "", "- rolearn: other\n", "  - x"):
        monkeypatch.setattr("leastway.aws_auth.edit._with", lambda *_, wrong=wrong: wrong)
        with pytest.raises(LeastwayError, match="would"):
            merge({"mapRoles": NODES}, OURS)
