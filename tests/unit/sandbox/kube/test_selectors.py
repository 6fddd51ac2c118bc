import pytest

from leastway.sandbox.kube.selectors import field_selector, label_selector, named_in_field_selector
from leastway.sandbox.kube.status import ApiError

OBJECT = {"metadata": {"name": "web", "namespace": "shop", "labels": {"tier": "front", "a.io/x": "1"}}}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        ("tier=front", True),
        ("tier==front", True),
        ("tier = front , a.io/x", True),
        ("tier!=front", False),
        ("none!=x", True),
        ("tier in (front,back)", True),
        ("tier in (back)", False),
        ("tier notin (back)", True),
        ("none notin (back)", True),
        ("none in (back)", False),
        ("!none", True),
        ("! tier", False),
        ("tier=front,tier=back", False),
        ("tier=", False),
    ],
)
def test_labels(selector: str, matches: bool) -> None:
    assert label_selector(selector)(OBJECT) is matches


@pytest.mark.parametrize("selector", ["a b", "tier in front", "=x", "a=b=c"])
def test_labels_that_cannot_be_read(selector: str) -> None:
    with pytest.raises(ApiError):
        label_selector(selector)


@pytest.mark.parametrize(
    ("selector", "matches", "name"),
    [
        ("", True, ""),
        ("metadata.name=web", True, "web"),
        ("metadata.name!=web", False, ""),
        ("metadata.namespace=shop,metadata.name==db", False, "db"),
    ],
)
def test_fields(selector: str, matches: bool, name: str) -> None:
    assert field_selector(selector)(OBJECT) is matches
    assert named_in_field_selector(selector) == name
