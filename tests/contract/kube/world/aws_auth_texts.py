"""Sections of aws-auth as people write them, including mistakes."""

from hypothesis import strategies as st

__all__ = ["sections"]

WORDS = """
arn:aws:iam::111122223333:role/Node|arn:aws:iam::111122223333:user/x|system:masters|{{SessionName}}|a|'a'|"a"|no|y|2
1.5|~|null||''|[]|{}|[a, b]|[a, 2, no]|- a|0x10|0o7|010|1_000|2001-01-01|*a|&a b|!x y|# c|a # c|a: b|{a: b}|@|on|.5|+1
"""
words = st.sampled_from(WORDS.strip().replace("\n", "|").split("|"))
keys = st.sampled_from(["rolearn", "userarn", "roleARN", "username", "UserName", "groups", "Groups", "userid", "other"])
indents = st.sampled_from(["  ", "  ", "  ", "    ", "", "\t"])


@st.composite
def sections(draw: st.DrawFn) -> str:
    """One section text, valid or not."""
    lines = []
    for _ in range(draw(st.integers(0, 3))):
        fields = draw(st.lists(st.tuples(keys, words), min_size=1, max_size=4))
        for at, (key, value) in enumerate(fields):
            lead = draw(st.sampled_from(["- ", "- ", "- ", "-", "  "])) if at == 0 else draw(indents)
            lines.append(f"{lead}{key}: {value}")
            if key.lower() == "groups":
                lines += [f"{draw(indents)}- {draw(words)}" for _ in range(draw(st.integers(0, 3)))]
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n  ", "\n...", "\n---\n- a"]))
