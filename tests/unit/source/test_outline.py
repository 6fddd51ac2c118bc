from leastway.source import Outline, Position, SourceText, pointer, read_json_tree, repeated_key

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
FILE = Outline(SourceText(TEXT, "policy.json"), read_json_tree)


def shown(*path: str | int) -> str:
    position = FILE.position(path)
    assert position is not None
    assert position.line == position.end_line
    return FILE.text.line(position.line)[position.column - 1 : position.end_column - 1]


def test_a_value_on_one_line_has_its_own_position() -> None:
    assert FILE.position(("Statement", 0, "Action", 1)) == Position(7, 9, 7, 24)
    assert shown("Statement", 0, "Action", 1) == '"s3:ListBucket"'
    assert shown("Statement", 0, "Action", "1") == '"s3:ListBucket"'
    assert shown("Statement", 1, "Condition", "StringLike", "aws:ResourceTag/a~b") == '"x"'
    assert shown("Statement", 1).startswith('{"Effect"')


def test_a_value_over_several_lines_has_the_position_of_its_key_or_first_member() -> None:
    assert shown("Statement") == '"Statement"'
    assert shown("Statement", 0, "Action") == '"Action"'
    assert shown("Statement", 0) == '"Sid": "Read"'
    assert shown() == '"Statement"'


def test_a_missing_value_has_no_position() -> None:
    assert FILE.position(("Statement", 2)) is None
    assert FILE.find(("Statement", 2)) is None


def test_a_path_into_a_text_or_function_gives_the_position_of_the_whole() -> None:
    text = '{"a": {"Fn::Join": ["", ["{", "}"]]}, "b": "{}"}'
    outline = Outline(SourceText(text), read_json_tree)
    for path in (("a", "Statement", 0), ("b", "Statement")):
        position = outline.position(path)
        assert position == outline.position(path[:1])


def test_each_value_is_found_by_its_path() -> None:
    text = '{"a": [1, {"b": []}, {}], "c": {"d": "x,]"}, "e": null}'
    outline = Outline(SourceText(text), read_json_tree)

    def found(*path: str | int) -> str:
        _, node = outline.find(path) or (None, outline.root)
        return text[node.start : node.end]

    assert found("a", 1, "b") == "[]"
    assert found("a", 1) == '{"b": []}'
    assert found("a", 2) == "{}"
    assert found("c", "d") == '"x,]"'
    assert found("e") == "null"


def test_the_first_repeated_key_of_an_object_is_found() -> None:
    assert repeated_key('{"a": {"x": 1}, "b": [{"x": 2}, {"y": 3, "x": 4}]}') is None
    path, key = repeated_key('{"a": [{}, {"x": 1, "\\u0078": 2}]}') or ((), None)
    assert (path, key and (key.text, key.start)) == (("a", 1, "x"), ("x", 20))
    path, key = repeated_key('{"b": {"c": 1}, "b": {"c": 2}}') or ((), None)
    assert (path, key and key.start) == (("b",), 16)
    path, key = repeated_key('{"a": {"x": 1, "x": 2}}, ]') or ((), None)
    assert (path, key and key.start) == (("a", "x"), 15)


def test_a_pointer_is_escaped_according_to_rfc_6901() -> None:
    assert pointer(("Condition", "Bool", "aws:ResourceTag/a~b", 0)) == "/Condition/Bool/aws:ResourceTag~1a~0b/0"
    assert pointer(()) == ""
