import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.export.hcl import Attribute, Block, Comment, Expression, FunctionCall, Item, ObjectOf, body_of, hcl_text
from tests.unit.export.terraform_binary import is_formatted, outputs

TEXTS = st.one_of(
    st.text(st.sampled_from("${}%\\\"'\n\t# /*=[],:ab-é☃\u0007"), max_size=12),
    st.sampled_from(["${aws:username}", "$${x}", "%{if}", "$$${", "\\${x}", "${", "a\nEOF\nb", "true", "1", ""]),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(TEXTS, st.booleans(), st.integers(-5, 10**6)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


def output(number: int, value: Any) -> Block:
    return Block("output", (f"v{number}",), (Attribute("value", FunctionCall("jsonencode", (value,))),))


def test_values_are_literal_and_formatted_as_by_terraform_fmt(tmp_path: Path) -> None:
    drawn: list[Any] = ["$${", "a$", {"a b": [], "c": {}}, [[1]], [{"x": "y", "longer": "z"}]]

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(VALUES)
    def collect(value: Any) -> None:
        drawn.append(value)

    collect()
    blocks = [output(number, value) for number, value in enumerate(drawn)]
    (tmp_path / "main.tf").write_text(hcl_text(blocks))
    assert is_formatted(tmp_path)
    found = outputs(tmp_path)
    for number, value in enumerate(drawn):
        assert json.loads(found[f"v{number}"]) == value, value


def test_blocks_attributes_and_calls_are_formatted_as_by_terraform_fmt() -> None:
    items: tuple[Item, ...] = (
        Comment("of the grant"),
        Block(
            "resource",
            ("aws_iam_role", "x"),
            (
                *body_of(name="humanitec-x", max_session_duration=3600, description=None),
                Attribute(
                    "assume_role_policy", FunctionCall("jsonencode", ({"Version": "2012-10-17", "Statement": []},))
                ),
                *body_of(path="/", tags=Expression("local.tags")),
                Block("inner", (), body_of(names=["a", "b"], one=["a"])),
            ),
        ),
        Block(
            "locals",
            (),
            body_of(a=FunctionCall("merge", (Expression("var.a"), ObjectOf(((Expression("local.k"), "v"),))))),
        ),
        Block("empty", (), ()),
    )
    assert (
        hcl_text(items)
        == """\
# of the grant
resource "aws_iam_role" "x" {
  name                 = "humanitec-x"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = []
  })
  path = "/"
  tags = local.tags

  inner {
    names = [
      "a",
      "b",
    ]
    one = ["a"]
  }
}

locals {
  a = merge(var.a, {
    (local.k) = "v"
  })
}

empty {}
"""
    )
