import json
import re

import pytest

from leastway.estate import Mark
from leastway.estate.marks import annotation_key, arns_text
from leastway.kube.marks import claims, mark_of


def test_a_label_is_the_mark_of_an_object() -> None:
    assert mark_of({"leastway.dev/grant": "acme", "app": "x"}) == Mark("acme")
    assert mark_of({"leastway.dev/grant-acme": "x"}) is None


@pytest.mark.parametrize("grant", ["a", "acme", "a" * 57, "a" * 58, "a-" * 31 + "a", "a" * 45 + "-" * 10 + "b" * 8])
def test_the_annotation_of_any_grant_has_a_valid_name(grant: str) -> None:
    prefix, _, name = annotation_key(grant).partition("/")
    assert prefix == "leastway.dev"
    assert re.fullmatch(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?", name)
    assert claims({annotation_key(grant): '["x"]'}, grant) == {"x": grant}


def test_long_grant_names_with_a_common_prefix_have_different_annotations() -> None:
    assert len({annotation_key("a" * 60 + end) for end in ("b", "c", "")}) == 3


def test_each_grant_claims_its_arns_and_the_own_grant_comes_first() -> None:
    annotations = {
        annotation_key("acme"): arns_text(["ARN:b", "arn:a"]),
        annotation_key("globex"): arns_text(["arn:a", "arn:c"]),
        "other": '["arn:d"]',
    }
    assert json.loads(annotations[annotation_key("acme")]) == ["arn:a", "arn:b"]
    assert claims(annotations, "acme") == {"arn:a": "acme", "arn:b": "acme", "arn:c": "globex"}
    assert claims(annotations, "globex") == {"arn:a": "globex", "arn:b": "acme", "arn:c": "globex"}


@pytest.mark.parametrize("text", ["", "{", "1", '{"a": "b"}', "[1, null]", "null"])
def test_an_annotation_that_is_not_a_list_of_strings_claims_nothing(text: str) -> None:
    assert not claims({annotation_key("acme"): text}, "acme")
