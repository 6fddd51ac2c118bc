"""Mermaid charts: what they show, the limits of Mermaid, and names that others chose."""

import re
from dataclasses import replace

import pytest

from leastway.compiler import compile_grant
from leastway.estate import AuthMode, Estate, Place, RbacBinding, Role
from leastway.export import FORMATS, ExportRequest, NothingToExportError
from leastway.primitives import AccountId
from tests.unit.compiler.conftest import ACCOUNT, DEPLOYER, EDIT, EXTERNAL_ID, EXTERNAL_IDS, S3_ROLE, cluster, facts_of
from tests.unit.compiler.conftest import grant_of as grant_with

FACTS = facts_of("prod", AuthMode.API)
LINE = re.compile(
    r'  n\d+(\(\["[^"]*"\]\)|\["[^"]*"\]|\[/"[^"]*"/\]|\[\["[^"]*"\]\]|\("[^"]*"\))'
    r'|  n\d+ -->\|"[^"]*"\| n\d+|%% .*|flowchart LR'
)


def charts(estate: Estate) -> dict[str, str]:
    return dict(FORMATS["mermaid"].export(ExportRequest("humanitec", "test", estate, "mermaid")))


def estate() -> Estate:
    return compile_grant(grant_with(cluster("prod", EDIT, DEPLOYER), roles=(S3_ROLE,)), FACTS, EXTERNAL_IDS).estate


def test_chart_leads_from_the_platform_to_the_namespace() -> None:
    chart = charts(estate())[f"{ACCOUNT}.mmd"]
    ids = {label: node for node, label in re.findall(r'^  (n\d+)\W+"([^"]*)"', chart, re.MULTILINE)}
    role, prod = ids["role humanitec-eks-access-111122223333"], ids["cluster prod (eu-central-1)"]
    assert f'{ids["humanitec: arn:aws:iam::767398028804:user/humanitec"]} -->|"assumes"| {role}' in chart
    assert f'{role} -->|"access entry"| {prod}' in chart
    assert f'{prod} -->|"access policy AmazonEKSEditPolicy"| {ids["namespace shop"]}' in chart
    assert EXTERNAL_ID not in chart


@pytest.mark.parametrize(
    "name", ['a"] --> x["', "#quot;", "%%{init}%%", "<script>alert(1)</script>", "end\nclick n1", "`b`"]
)
def test_name_of_others_stays_within_its_label(name: str) -> None:
    place = Place(ACCOUNT, "eu-central-1", "prod")
    hostile = RbacBinding(place, name, "b", name, role_is_cluster_wide=True, group=name)
    for chart in charts(Estate.of("acme", [hostile])).values():
        assert name not in chart
        assert [line for line in chart.splitlines() if not LINE.fullmatch(line)] == []


def test_a_thousand_accounts_stay_within_the_limits_of_mermaid() -> None:
    small = charts(estate())
    numbers = [AccountId(str(200000000000 + number)) for number in range(1000)]
    objects = [replace(one, account=number) for one in estate() if isinstance(one, Role) for number in numbers]
    found = charts(Estate.of("acme", objects))
    overviews = [text for name, text in found.items() if name.startswith("overview")]
    assert len(overviews) == 17
    assert sum(text.count("-->") for text in overviews) == 1000
    assert max(map(len, found.values())) < 50_000
    assert len(small) == 2


def test_grant_without_access_has_no_chart() -> None:
    with pytest.raises(NothingToExportError):
        charts(Estate.of("acme", []))
