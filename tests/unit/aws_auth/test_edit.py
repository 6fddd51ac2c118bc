from dataclasses import replace

import pytest

from leastway.aws_auth import merge, parse, remove
from leastway.errors import LeastwayError
from tests.unit.aws_auth.texts import BLOCK, NODES, OUR_USER, OURS, ROLE, USER

FLOW = '{"rolearn": "arn:aws:iam::111122223333:role/humanitec", "username": "humanitec", "groups": ["humanitec"]}'
INDENTED = BLOCK.replace("\n", "\n  ").removesuffix("  ")

MERGES = {
    "into nothing": ("", BLOCK),
    "into two quotes": ('""', BLOCK),
    "behind the node roles": (NODES, NODES + BLOCK),
    "behind a last line without its end": (NODES.rstrip(), NODES + BLOCK),
    "before a comment at the end": (NODES + "# the end\n", NODES + BLOCK + "# the end\n"),
    "behind comments alone": ("# nobody yet\n", "# nobody yet\n" + BLOCK),
    "behind a document's start": ("---\n" + NODES, "---\n" + NODES + BLOCK),
    "at the indent that is there": ("  - rolearn: x\n", "  - rolearn: x\n  " + INDENTED),
    "with the line ends that are there": ("- rolearn: x\r\n", "- rolearn: x\r\n" + BLOCK.replace("\n", "\r\n")),
    "behind a text of many lines": ("- rolearn: |\n    x\n\n", "- rolearn: |\n    x\n\n" + BLOCK),
    "behind an item of nothing": ("- rolearn: x\n-\n", "- rolearn: x\n-\n" + BLOCK),
    "into brackets": ("[] # none", f"[{FLOW}] # none"),
    "into brackets with something": ("[{rolearn: x}, ] # one", f"[{{rolearn: x}}, {FLOW}, ] # one"),
    "in the place of null": ("null # none", f"[{FLOW}] # none"),
    "in the place of another entry of ours": (
        NODES + "# ours\n- rolearn: ARN:aws:iam::111122223333:role/Humanitec # old\n  username: old\n# others\n",
        NODES + "# ours\n" + BLOCK + "# others\n",
    ),
    "in the place of the last of two": (
        f"- rolearn: {ROLE}\n# between\n- rolearn: x\n- rolearn: {ROLE}\n  username: b\n",
        "# between\n- rolearn: x\n" + BLOCK,
    ),
    "in the place of one between brackets": (
        f"[{{rolearn: {ROLE}}}, {{rolearn: x}}, {{rolearn: {ROLE}}}]",
        f"[{{rolearn: x}}, {FLOW}]",
    ),
}


@pytest.mark.parametrize(("before", "after"), MERGES.values(), ids=MERGES)
def test_merging_leaves_the_rest_to_the_letter(before: str, after: str) -> None:
    merged = merge({"mapRoles": before, "mapAccounts": "- '1'"}, OURS)
    assert merged == {"mapRoles": after, "mapAccounts": "- '1'"}
    assert merge(merged, OURS) is merged


REMOVALS = {
    "the only one": (BLOCK, None),
    "the only one below a comment": ("# head\n" + BLOCK, "# head\n"),
    "from behind the node roles": (NODES + BLOCK + "# end\n", NODES + "# end\n"),
    "from before them": (BLOCK + "# nodes\n" + NODES, "# nodes\n" + NODES),
    "whatever its case": (NODES + BLOCK.replace("role/humanitec", "role/HUMANITEC"), NODES),
    "every one": (BLOCK + NODES + BLOCK, NODES),
    "the first between brackets": (f"[{FLOW}, {{rolearn: x}}]", "[{rolearn: x}]"),
    "the last between brackets": (f"[{{rolearn: x}}, {FLOW} ]", "[{rolearn: x} ]"),
    "one after the other between brackets": (f"[{FLOW}, {FLOW},{{rolearn: x}}, {FLOW} , {FLOW},]", "[{rolearn: x},]"),
    "the only one between brackets": (f"[ {FLOW}, ]", "[]"),
}


@pytest.mark.parametrize(("before", "after"), REMOVALS.values(), ids=REMOVALS)
def test_removing_leaves_the_rest_to_the_letter(before: str, after: str | None) -> None:
    removed = remove({"mapRoles": before}, ROLE)
    assert removed == ({} if after is None else {"mapRoles": after})
    assert remove(removed, ROLE) is removed


def test_a_user_goes_into_the_users_with_its_path() -> None:
    merged = merge({"mapRoles": NODES}, OUR_USER)
    assert merged["mapRoles"] == NODES
    assert merged["mapUsers"] == f"- userarn: {USER}\n  username: humanitec\n  groups:\n    - humanitec\n"
    assert remove(merged, USER) == {"mapRoles": NODES}


def test_an_entry_in_the_wrong_section_moves() -> None:
    """The authenticator asks roles first, and takes a user's ARN there too."""
    merged = merge({"mapRoles": NODES + f"- rolearn: {USER}\n  groups: [old]\n"}, OUR_USER)
    assert merged["mapRoles"] == NODES
    assert [entry.groups for _, entry in parse(merged).entries_for(USER)] == [("humanitec",)]
    assert remove({"mapRoles": NODES + f"- rolearn: {USER}\n"}, USER) == {"mapRoles": NODES}


def test_odd_names_are_quoted_and_read_back() -> None:
    odd = replace(OURS, username="{{SessionName}}", groups=frozenset({"yes", "1e3", "a: b", 'say "hi"', "é # x", "y"}))
    for text in (NODES, "[]"):
        merged = merge({"mapRoles": text}, odd)
        ((_, entry),) = parse(merged).entries_for(ROLE)
        assert (entry.username, frozenset(entry.groups)) == (odd.username, odd.groups)


def test_no_groups_are_an_empty_list() -> None:
    merged = merge({}, replace(OURS, groups=frozenset()))
    assert merged["mapRoles"].endswith("  groups: []\n")


REFUSED = {
    "no yaml": ("- rolearn: x\n groups: [", "no YAML|expected|did not|while|mapping"),
    "no list": ("rolearn: x\n", "no list"),
    "a key twice": ("- rolearn: x\n  rolearn: y\n", "stands twice"),
    "a key twice in two cases": ("- rolearn: x\n  roleARN: y\n", "stands twice"),
    "two documents": ("- rolearn: x\n---\n- rolearn: y\n", "second document"),
    "an anchor": ("- rolearn: x\n  groups: &g [a]\n- rolearn: y\n  groups: *g\n", "an anchor"),
    "a tag": ("- rolearn: !!str x\n", "a tag"),
    "a merge key": ("- <<: {a: b}\n", "a key that is no text"),
    "a directive": ("%YAML 1.2\n---\n- rolearn: x\n", "directive"),
    "an end of document": ("- rolearn: x\n...\n", "end of document"),
    "a tab": ("- rolearn: x\n\tgroups: []\n", "a tab"),
    "a rare line break": ("- rolearn: x\u2028\n", "line break"),
    "a lone carriage return": ("- rolearn: x\r- rolearn: y\n", "line break"),
    "what no JSON holds": ("- rolearn: x\n  username: .NaN\n", "NaN"),
    "an escape of JSON": ('[{"rolearn": "a\\/b"}]', "escape"),
    "a colon first between brackets": ("---\n- groups: [:x]\n", "between brackets"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_certain_is_not_edited(text: str, why: str) -> None:
    with pytest.raises(LeastwayError, match=why) as refused:
        merge({"mapRoles": text}, OURS)
    assert "mapRoles" in str(refused.value)
    assert refused.value.fix


@pytest.mark.parametrize("text", [text for text, why in REFUSED.values() if why != "no list"])
def test_an_uncertain_section_stops_the_other_one_too(text: str) -> None:
    """It may name the principal, whether the ARN stands in it to the letter or not."""
    with pytest.raises(LeastwayError, match="mapRoles"):
        merge({"mapRoles": text}, OUR_USER)
    with pytest.raises(LeastwayError, match="mapRoles"):
        remove({"mapRoles": text, "mapUsers": f"- userarn: {USER}\n"}, USER)


def test_what_is_no_list_maps_nobody_and_stops_no_other_section() -> None:
    assert merge({"mapRoles": "none"}, OUR_USER)["mapRoles"] == "none"
    assert remove({"mapRoles": "none", "mapUsers": f"- userarn: {USER}\n"}, USER) == {"mapRoles": "none"}


def test_a_role_with_its_path_is_refused() -> None:
    with pytest.raises(LeastwayError, match="matches nobody"):
        merge({}, replace(OURS, arn="arn:aws:iam::111122223333:role/team/humanitec"))


def test_characters_that_cannot_be_seen_are_refused() -> None:
    for text in (NODES, "[]"):
        with pytest.raises(LeastwayError, match="cannot hold"):
            merge({"mapRoles": text}, replace(OURS, username="a\nb"))


def test_reading_again_protects_everybody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the edit does wrong, the proof behind it refuses."""
    for wrong in (BLOCK, "", "- rolearn: other\n", "  - x"):
        monkeypatch.setattr("leastway.aws_auth.edit._with", lambda *_, wrong=wrong: wrong)
        with pytest.raises(LeastwayError, match="would"):
            merge({"mapRoles": NODES}, OURS)
