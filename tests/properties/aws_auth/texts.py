"""aws-auth sections as people, EKS and tools write them, including their mistakes."""

import json
from dataclasses import dataclass

from hypothesis import strategies as st

ARN = "arn:aws:iam::111122223333:"
OUR_ROLE, OUR_USER = f"{ARN}role/humanitec", f"{ARN}user/platform/humanitec"
WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
KEYS = {"mapRoles": "rolearn", "mapUsers": "userarn"}

names = st.sampled_from(["role/nodes-NodeInstanceRole-1ABC", "role/Admin", "role/ci", "user/jane", "user/team/joe"])
arns = st.one_of(names.map(lambda name: ARN + name), st.just(OUR_ROLE.upper()), st.just(OUR_USER))
words = st.one_of(
    st.sampled_from(["system:nodes", "system:bootstrappers", "system:masters", "yes", "1e3", "y", "", "a: b", "a #b"]),
    st.sampled_from(
        ["system:node:{{EC2PrivateDNSName}}", "{{SessionName}}", "it's", '"', "[x]", "- x", "é", "\\", "😀"]
    ),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_characters="\x7f\x85"), max_size=12).filter(
        str.isprintable
    ),
)
comments = st.sampled_from(["", "", "", "# a comment\n", "\n", "   # - rolearn: nobody\n", "#- x\n"])


@dataclass(frozen=True)
class Person:
    """The intended content of one entry."""

    arn: str
    username: str
    groups: tuple[str, ...]


people = st.builds(Person, arns, words, st.lists(words, max_size=3).map(tuple))


@st.composite
def scalars(draw: st.DrawFn, text: str) -> str:
    """A string as a YAML scalar: plain where that is safe, else in single or double quotes."""
    kinds = ["double", "single"]
    looks_like_text = text.replace(":", "").replace("/", "").isalpha() and not text.endswith(":")
    if looks_like_text and text[0].isalpha() and text.lower() not in WORDS:
        kinds.append("plain")
    match draw(st.sampled_from(kinds)):
        case "plain":
            return text
        case "single":
            return "'" + text.replace("'", "''") + "'"
        case _:
            return json.dumps(text, ensure_ascii=False)


@st.composite
def blocks(draw: st.DrawFn, key: str, person: Person, indent: int) -> str:
    """An entry as lines after a dash."""
    dash = "-" + " " * draw(st.integers(1, 3))
    inner = " " * (indent + len(dash))
    fields = {
        draw(st.sampled_from([key, key.upper(), key.title()])): draw(scalars(person.arn)),
        "username": draw(scalars(person.username)),
    }
    lines = [f"{name}: {value}" + draw(st.sampled_from(["", "", "  # why"])) + "\n" for name, value in fields.items()]
    groups = [draw(scalars(group)) for group in person.groups]
    if not groups or draw(st.booleans()):
        lines.append(f"groups: [{', '.join(groups)}]\n")
    else:
        deep = inner + " " * draw(st.integers(0, 3))
        lines.append("groups:\n" + "".join(f"{deep}- {group}\n" for group in groups))
    lines = draw(st.permutations(lines))
    return " " * indent + dash + inner.join(lines)


@st.composite
def sections(draw: st.DrawFn, key: str, persons: list[Person]) -> str:
    """The text of a section with these entries, in this order."""
    if not persons:
        return draw(st.sampled_from(["", "[]", "# nobody\n", "null", "---\n", '""', "[ ] # none"]))
    if draw(st.integers(0, 4)) == 0:
        entries = [{key: each.arn, "username": each.username, "groups": list(each.groups)} for each in persons]
        spread = draw(st.sampled_from([None, 2]))
        return json.dumps(entries, ensure_ascii=False, indent=spread)
    indent = draw(st.sampled_from([0, 0, 2, 4]))
    start = draw(st.sampled_from(["", "", "---\n", "# from EKS\n"]))
    text = start + "".join(draw(comments) + draw(blocks(key, each, indent)) for each in persons) + draw(comments)
    return draw(st.sampled_from([text, text, text, text.rstrip("\n"), text.replace("\n", "\r\n")]))


@st.composite
def config_maps(draw: st.DrawFn) -> tuple[dict[str, list[Person]], dict[str, str]]:
    """The intended entries of a ConfigMap, and its data."""
    meant = {section: draw(st.lists(people, max_size=4)) for section in KEYS}
    data = {section: draw(sections(KEYS[section], persons)) for section, persons in meant.items()}
    data |= draw(st.sampled_from([{}, {"mapAccounts": "- '444455556666'\n"}, {"notes": "kept\n"}]))
    return meant, data


scraps = st.sampled_from(
    [*" \n\t:-#\"'[]{},|>&*!%@?~x\r\\", "\x85", "\u2028", " #", ": ", "- ", "\n- ", "\n  ", "---\n", "\x00"]
)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """The text with a few random typing mistakes."""
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        kind = draw(st.sampled_from(["insert", "delete", "replace", "cut"]))
        scrap = draw(scraps)
        match kind:
            case "insert":
                text = text[:at] + scrap + text[at:]
            case "delete":
                text = text[:at] + text[at + 1 :]
            case "replace":
                text = text[:at] + scrap + text[at + 1 :]
            case _:
                text = text[:at]
    return text


@st.composite
def damaged_config_maps(draw: st.DrawFn) -> dict[str, str]:
    """Data of which some may no longer be valid YAML."""
    _, data = draw(config_maps())
    return {key: draw(damaged(text)) for key, text in data.items()}
