"""What templates make, what is refused and where, which parts are secrets, and that all of it ends soon."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry.templates import FUNCTIONS, parse_template
from tests.template_cases import DATA, REFUSED, RENDERED


def render(text: str | Secret, data: dict[str, Any]) -> tuple[str, list[str]]:
    made = parse_template(text, "t").render(data)
    return made.text, [made.text[start:end] for start, end in made.secret_ranges]


@pytest.mark.parametrize(("text", "expected"), RENDERED)
def test_a_template_makes_what_go_makes(text: str, expected: str) -> None:
    assert render(text, DATA) == (expected, [])


@pytest.mark.parametrize(("text", "what", "line", "column"), REFUSED)
def test_what_is_not_served_is_refused_with_its_place(text: str, what: str, line: int, column: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        render(text, DATA)
    assert (caught.value.what, caught.value.where) == (what, f"t, line {line}, column {column}")


def test_every_function_is_tried() -> None:
    tried = " ".join(text for text, _ in RENDERED) + " fail randAlpha randAlphaNum randNumeric"
    assert {name for name in FUNCTIONS if name not in tried} == set()


@pytest.mark.parametrize("name", ["randAlpha", "randAlphaNum", "randNumeric"])
def test_random_texts_are_random(name: str) -> None:
    first, second = (render(f"{{{{ {name} 40 }}}}", {})[0] for _ in range(2))
    assert first != second
    assert len(first) == 40
    assert first.isalpha() or name != "randAlpha"
    assert first.isdigit() or name != "randNumeric"


SECRET = {
    "s": Secret("planted"),
    "n": "plain",
    "deep": {"s": Secret("planted"), "p": "plain"},
    "list": [Secret("planted")],
}


@pytest.mark.parametrize(
    ("text", "expected", "secret"),
    [
        ("{{ .n }}-{{ .s }}", "plain-planted", ["planted"]),
        ("{{ .s | upper }}", "PLANTED", ["PLANTED"]),
        ('{{ printf "%s:%s" .n .s }}', "plain:planted", ["plain:planted"]),
        ("{{ toRawJson .deep }}", '{"p":"plain","s":"planted"}', ['{"p":"plain","s":"planted"}']),
        ("{{ .deep.p }}", "plain", []),
        ("{{ index .list 0 }}", "planted", ["planted"]),
        ('{{ first .list }}{{ get .deep "p" }}{{ (dict "a" .s "b" .n).b }}', "plantedplainplain", ["planted"]),
        ("{{ $x := .s }}{{ $x }}", "planted", ["planted"]),
        ("{{ with .s }}a{{ . }}{{ end }}b", "aplantedb", ["a", "planted"]),
        ('{{ if eq .s "planted" }}yes{{ else }}no{{ end }}', "yes", ["yes"]),
        ('{{ $x := "no" }}{{ if eq .s "planted" }}{{ $x = "yes" }}{{ end }}{{ $x }}', "yes", ["yes"]),
        ('{{ ternary "a" "b" (eq .s "planted") }}', "a", ["a"]),
        ("{{ default .n .s }}{{ default .s .n }}", "plantedplain", ["planted"]),
        ("{{ and .s .n }}{{ or .n .s }}", "plainplain", ["plain"]),
        ("{{ len .s }}", "7", ["7"]),
        ('{{ range splitList "n" .s }}[{{ . }}]{{ end }}', "[pla][ted]", ["pla", "ted"]),
        ("{{ if .deep }}a{{ end }}", "a", []),
        ('{{ index (dict "planted" "x") .s }}', "x", ["x"]),
        ('{{ merge (dict "a" .s) (dict "b" .n) | values | last }}', "plain", []),
        (
            '{{ (mergeOverwrite (dict "a" .s) (dict "a" "")).a }}{{ (mergeOverwrite (dict "a" "x") .deep).s }}',
            "planted",
            ["planted"],
        ),
        (
            '{{ (merge (dict "s" "" "p" .s) .deep).s }}{{ (merge (dict "p" .s) .deep).p }}',
            "plantedplanted",
            ["planted"] * 2,
        ),
        ("{{ sha256sum .s | trunc 4 }}", "3c8c", None),
        ("{{ (toRawJson .deep | fromJson).p }}", "plain", ["plain"]),
    ],
)
def test_what_is_made_of_a_secret_is_a_secret(text: str, expected: str, secret: list[str] | None) -> None:
    found, marked = render(text, SECRET)
    if secret is None:
        assert marked == [found]
    else:
        assert (found, marked) == (expected, secret)


@pytest.mark.parametrize(
    "text",
    [
        '{{ $d := dict }}{{ if .s }}{{ $e := set $d "a" 1 }}{{ end }}',
        '{{ $d := dict }}{{ with .s }}{{ $e := merge $d (dict "a" 1) }}{{ end }}',
        "{{ $x := list }}{{ if .s }}{{ $x = list 1 }}{{ end }}",
        "{{ range .list }}{{ if $.s }}{{ break }}{{ end }}{{ end }}",
        "{{ range .list }}{{ with $.s }}{{ continue }}{{ end }}{{ end }}",
        '{{ ternary (list 1) (list) (eq .s "planted") }}',
        '{{ coalesce (trimAll "plandet" .s) .list | len }}',
        '{{ index (dict "planted" (list 1)) .s | len }}',
        '{{ default .deep (trimAll "plandet" .s) | len }}',
        '{{ merge (dict) (dict "a" (ternary nil nil (eq .s "planted"))) | toJson }}',
    ],
)
def test_a_secret_cannot_decide_what_cannot_be_hidden(text: str) -> None:
    with pytest.raises(InvalidInputError, match="a secret cannot"):
        render(text, SECRET)


def test_a_loop_within_a_condition_on_a_secret_may_end() -> None:
    text = "{{ if .s }}{{ range .list }}{{ if $.n }}{{ break }}{{ end }}x{{ end }}y{{ end }}"
    assert render(text, SECRET) == ("y", ["y"])


def test_everything_that_a_secret_template_makes_is_a_secret() -> None:
    assert render(Secret("a{{ .n }}b"), SECRET) == ("aplainb", ["a", "plain", "b"])


@pytest.mark.parametrize(
    "text",
    [
        "{{ fail .s }}",
        "{{ fromJson .s }}",
        "{{ int .s }}",
        "{{ b64dec .s }}",
        "{{ .s.x }}",
        "{{ dict .s 1 }}",
        "{{ set .deep .s 1 }}",
        "{{ range .s }}{{ end }}",
        "{{ eq .s 5 }}",
        '{{ fail (printf "no %s" .s) }}',
        Secret("{{ planted }}"),
        Secret("{{ if planted"),
        Secret('{{ fail "planted" }}'),
    ],
)
def test_no_refusal_says_a_secret(text: str | Secret) -> None:
    with pytest.raises(InvalidInputError) as caught:
        render(text, SECRET)
    assert "planted" not in "".join(map(str, (caught.value, caught.value.__cause__, caught.value.__context__)))


@pytest.mark.parametrize(
    "text",
    [
        '{{ $x := "a" }}' + "{{ $x = cat $x $x }}" * 40 + "{{ $x }}",
        "{{ $x := list 1 }}" + "{{ $x = list $x $x }}" * 45 + "{{ toJson $x }}",
        "{{ $x := list 1 }}" + "{{ $x = list $x $x }}" * 45 + "{{ $x = uniq (list $x $x) }}",
        "{{ $x := list 1 }}" + "{{ $x = concat $x $x }}" * 40,
        "{{ range until 400 }}{{ range until 400 }}{{ range until 400 }}{{ end }}{{ end }}{{ end }}",
        '{{ $x := repeat 1000 "ab" }}{{ $x = replace "a" $x $x }}{{ $x = replace "a" $x $x }}',
        "{{ $x := until 400 }}{{ range until 400 }}{{ $x = without $x -1 -2 -3 -4 }}{{ end }}",
        '{{ range until 3000 }}{{ repeat 1000 "a" }}{{ end }}',
        '{{ $d := dict }}{{ $d := set $d "a" $d }}{{ has 1 (list $d) }}',
        "{{ if 1 }}" * 60 + "{{ end }}" * 60,
        "{{" + "(" * 5000,
    ],
)
def test_what_would_take_long_or_much_is_refused_soon(text: str) -> None:
    began = time.process_time()
    with pytest.raises(InvalidInputError):
        render(text, {})
    assert time.process_time() - began < 10


def test_the_data_is_not_changed() -> None:
    data = {"d": {"a": 1}}
    assert render('{{ set .d "a" 2 | toJson }}', data)[0] == '{"a":2}'
    assert data == {"d": {"a": 1}}


def test_a_long_template_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="longer than 256 KiB"):
        parse_template("x" * 300_000, "t")


def test_the_documentation_lists_the_functions() -> None:
    page = Path(__file__).parents[4] / "docs" / "drivers.md"
    listed = page.read_text().partition("Functions: ")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == FUNCTIONS.keys()
