from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from pydantic import TypeAdapter, ValidationError

from leastway.grant.values.cluster_name import ClusterName
from leastway.grant.values.namespace import Namespace, NamespacePattern
from leastway.grant.values.region import RegionName
from leastway.grant.values.role_arn import RoleArnText
from leastway.grant.values.role_name import RoleName, RolePath
from leastway.grant.values.unsafe_reason import UnsafeReason

ROLE = "arn:aws:iam::111122223333:role/"


def is_accepted(kind: Any, text: str) -> bool:
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError:
        return False
    return True


def test_every_region_of_aws_is_accepted() -> None:
    session = botocore.session.get_session()
    regions = [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition_name=partition)
    ]
    assert len(regions) > 30
    assert [region for region in regions if not is_accepted(RegionName, region)] == []


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (ClusterName, ["a", "0", "Prod_1-eu", "a" * 100], ["", "-a", "_a", "a.b", "a b", "a" * 101, "\u00e4"]),
        (RoleName, ["a", "A+=,.@-_9", "a" * 64], ["", "a" * 65, "a b", "a/b", "a\n", "\u00e4"]),
        (RolePath, ["/", "/a/", "/a/b/"], ["", "//a", "a/", "/a", "/a b/", "/" + "a" * 511 + "/", "/a/\n"]),
        (Namespace, ["a", "0a", "a-b", "a" * 63], ["", "-a", "a-", "A", "a_b", "a.b", "a*", "*", "a" * 64, "a\n"]),
        (NamespacePattern, ["a", "a-*", "*-b", "a*b"], ["", "*", "**", "a?", "A*", "a_*"]),
        (
            UnsafeReason,
            ["we install the mesh with it", "\u00fcbergang bis \u0045nde M\u00e4rz"],
            ["", "because", "x y z 1 2 3 4 5 6"],
        ),
        (
            RoleArnText,
            ["arn:aws:iam::111122223333:role/a/b/c"],
            ["arn:aws:iam::1:role/a", "arn:aws:iam::111122223333:role/"],
        ),
    ],
)
def test_values_are_accepted_up_to_their_limits(kind: Any, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not is_accepted(kind, text)] == []
    assert [text for text in bad if is_accepted(kind, text)] == []
