import pytest

from leastway.policy.variables import Context, Variable, parse_template
from leastway.policy.wildcards import Pattern, Wildcard

CONTEXT: Context = {"aws:username": "bob", "aws:tagkeys": ("a", "b"), "empty:key": "", "star:key": "*"}


def filled(text: str, *, wildcards: bool = True) -> Pattern | None:
    template = parse_template(text, variables=True, wildcards=wildcards)
    values = template.resolve(CONTEXT)
    return None if values is None else template.fill(values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/${aws:username}/*", ("a/bob/", Wildcard.STAR)),
        ("${ AWS:UserName }", ("bob",)),
        ("${aws:username, 'x'}", ("bob",)),
        ("${no:key, 'x}y, z'}!", ("x}y, z!",)),
        ("${no:key,'x'}", ("x",)),
        ("${no:key, ''}", ()),
        ("${empty:key}", ()),
        ("${star:key}*", ("*", Wildcard.STAR)),
        ("${*}${?}${$}{x}", ("*?${x}",)),
        ("${unclosed", ("${unclosed",)),
        ("$x", ("$x",)),
        ("${no:key}", None),
        ("${aws:tagkeys}", None),
        ("${aws:tagkeys, 'x'}", None),
        ("${}", None),
        ("${a b}", None),
    ],
)
def test_variables_are_replaced_by_literals_or_match_nothing(text: str, expected: Pattern | None) -> None:
    assert filled(text) == expected


def test_text_is_literal_if_variables_are_off() -> None:
    template = parse_template("${*}", variables=False, wildcards=True)
    assert template.fill() == ("${", Wildcard.STAR, "}")
    assert filled("a*", wildcards=False) == ("a*",)


def test_a_template_lists_its_variables() -> None:
    template = parse_template("${a:b}-${c:d, 'e'}", variables=True, wildcards=True)
    assert template.variables == (Variable("a:b"), Variable("c:d", "e"))
