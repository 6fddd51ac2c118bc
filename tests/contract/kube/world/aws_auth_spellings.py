"""Sections that map one ARN, in any spelling that YAML has: escapes, blocks, anchors, tags, merges, documents."""

import base64

from hypothesis import strategies as st

__all__ = ["accounts_of", "spelled"]

KEYS = {"mapRoles": "rolearn", "mapUsers": "userarn"}


def _rarely(draw: st.DrawFn, usual: str, *odd: str) -> str:
    """Return the usual text, or one time in twelve an odd one: several oddities at once would hide each other."""
    return draw(st.sampled_from(odd)) if draw(st.integers(0, 11)) == 11 else usual


def _escaped(letter: str, how: str) -> str:
    match how:
        case "x":
            return f"\\x{ord(letter):02x}" if ord(letter) < 256 else letter
        case "u":
            return f"\\u{ord(letter):04x}"
        case "U":
            return f"\\U{ord(letter):08x}"
        case "slash":
            return f"\\{letter}" if letter == "/" else letter
        case "break":
            return f"\\\n      {letter}"
        case _:
            return letter


@st.composite
def _double(draw: st.DrawFn, text: str) -> str:
    hows = st.sampled_from([*[""] * 30, *["x", "u", "U"] * 3, "slash", "break"])
    return '"' + "".join(_escaped(letter, draw(hows)) for letter in text) + '"'


@st.composite
def scalars(draw: st.DrawFn, text: str) -> str:
    """One scalar of any style; a block scalar is on lines of its own."""
    style = (
        "binary"
        if _rarely(draw, "", "binary")
        else draw(st.sampled_from(["plain", "single", "double", "double", "folded", "literal", "below"]))
    )
    properties = _rarely(draw, "", "&a ", "!!str ", "! ", "!<tag:yaml.org,2002:str> ", "!x ", "!!str &a ")
    match style:
        case "single":
            return f"{properties}'{text}'"
        case "double":
            return properties + draw(_double(text))
        case "folded" | "literal":
            mark = draw(st.sampled_from([">", "|"])) + draw(st.sampled_from(["-", "", "+", "6-", "-6"]))
            return f"{properties}{mark}\n      {text}"
        case "binary":
            return f"!!binary {base64.b64encode(text.encode()).decode()}"
        case "below":
            return f"{properties}\n      {text}"
        case _:
            return properties + text


@st.composite
def keys(draw: st.DrawFn, key: str) -> str:
    """The key in any case, quoted or not, also with letters that fold into its own."""
    cased = "".join(draw(st.sampled_from([letter, letter, letter, letter.upper()])) for letter in key)
    folded = cased.replace("s", _rarely(draw, "s", "\u017f"))
    return _rarely(draw, draw(st.sampled_from([folded, f"'{folded}'"])), f"!!str {folded}", f"&k {folded}")


@st.composite
def arns(draw: st.DrawFn, arn: str) -> str:
    """The ARN in any case, also with letters that lower-case into its own."""
    cased = draw(st.sampled_from([arn, arn, arn.upper(), arn.title()]))
    return _rarely(draw, cased, cased.replace("k", "\u212a"), cased.replace("I", "\u0130"))


@st.composite
def entries(draw: st.DrawFn, key: str, arn: str) -> str:
    """One item of a list, without its dash; lines after the first are indented by two spaces."""
    name, value = draw(keys(key)), draw(arns(arn).flatmap(scalars))
    field = draw(st.sampled_from([f"{name}: {value}", f"{name}: {value}", f"? {name}\n  : {value}"]))
    other = _rarely(draw, "username: x", "groups: ['system:masters']", f"{key}: null", f"{key}: 'x'", "x: .nan")
    lines = draw(st.permutations([field, other])) if draw(st.booleans()) else [field]
    return _rarely(
        draw,
        "\n  ".join(lines),
        f"<<: {{{name}: '{arn}'}}",
        f"<<: [{{x: y}}, {{{name}: '{arn}'}}]",
        f"&e {{{name}: '{arn}'}}",
        f"{{{name}: {value}, username: x}}",
        f"username: &u '{arn}'\n  {name}: *u",
    )


@st.composite
def spelled(draw: st.DrawFn, section: str, arn: str) -> str:
    """The text of a section that maps the ARN, or almost does."""
    key = KEYS[section]
    lead = draw(st.sampled_from(["", "", "# c\n", f"- {key}: other\n", "- null\n", "- 5\n"]))
    body = f"{lead}- {draw(entries(key, arn))}"
    if draw(st.integers(0, 5)) == 0:
        inner = f'"{key}": {draw(_double(arn))}' if draw(st.booleans()) else f"{key}: {arn}"
        body = draw(
            st.sampled_from([f"[{{{inner}}}]", f"[{inner}]", f'[{{"groups": [], {inner}}},]', f"[{{{inner}}}]\t"])
        )
    head = _rarely(draw, "", "---\n", "%YAML 1.1\n---\n", "%TAG !e! tag:x,2026:\n---\n", "\ufeff", "--- # c\n")
    tail = _rarely(draw, "\n", "", "\n...", "\n---\n- x", " # c\n", "\t", "\n\t", "\x00", "\n- *missing")
    text = head + body + tail
    ends = _rarely(draw, "\n", "\r\n", "\r", "\x85", "\u2028")
    return text.replace("\n", ends)


@st.composite
def accounts_of(draw: st.DrawFn, account: str) -> str:
    """A mapAccounts that lists the account in one of many spellings."""
    value = draw(
        st.sampled_from(
            [
                account,
                f"'{account}'",
                f'"{account}"',
                f"&a {account}",
                f"!!str {account}",
                f"!!int {account}",
                f"  {account}",
            ]
        )
    )
    return draw(
        st.sampled_from(
            [f"- {value}", f"[{value}]", f"- x\n- {value}\n", f"- [a]\n- {value}", f"---\n- {value}\n...\n"]
        )
    )
