import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leastway.lint.file_text import FileText, json_spans
from leastway.lint.finding import Position
from leastway.policy.model import pointer

TEXT = """{
  "Statement": [
    {
      "Sid": "Read",
      "Action": [
        "s3:GetObject",
        "s3:ListBucket"
      ]
    },
    {"Effect": "Allow", "Condition": {"StringLike": {"aws:ResourceTag/a~b": "x"}}}
  ]
}
"""
FILE = FileText(TEXT, "policy.json", json_spans)


def shown(path: str) -> str:
    position = FILE.position(path)
    assert position is not None
    assert position.line == position.end_line
    return FILE.line(position.line)[position.column - 1 : position.end_column - 1]


def test_a_value_on_one_line_is_meant_as_it_stands() -> None:
    assert FILE.position("/Statement/0/Action/1") == Position(7, 9, 7, 24)
    assert shown("/Statement/0/Action/1") == '"s3:ListBucket"'
    assert shown("/Statement/1/Condition/StringLike/aws:ResourceTag~1a~0b") == '"x"'
    assert shown("/Statement/1").startswith('{"Effect"')


def test_of_a_value_over_several_lines_its_key_or_its_first_member_is_meant() -> None:
    assert shown("/Statement") == '"Statement"'
    assert shown("/Statement/0/Action") == '"Action"'
    assert shown("/Statement/0") == '"Sid": "Read"'
    assert shown("") == '"Statement"'


def test_what_is_not_there_has_no_position() -> None:
    assert FILE.position("/Statement/2") is None


def test_lines_have_no_ends_whatever_these_are() -> None:
    file = FileText("one\r\ntwo\nthree", None, json_spans)
    assert [file.line(number) for number in (1, 2, 3)] == ["one", "two", "three"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def walk(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    yield path, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from walk(member, (*path, key))


@given(json_values, st.sampled_from([None, 1, 2]))
def test_each_span_is_the_text_of_its_value(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    spans = json_spans(text)
    for path, member in walk(value):
        span = spans[pointer(path)]
        assert json.loads(text[span.start : span.end]) == member
        if path and isinstance(path[-1], str):
            assert span.key is not None
            assert json.loads(text[span.key[0] : span.key[1]]) == path[-1]
