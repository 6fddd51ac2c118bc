"""The known defects in the published manifests of a platform are found; the manifests are rewritten by hand."""

from pathlib import Path

import pytest

from leastway.app.policy.lint import lint_paths
from leastway.errors import ExitCode
from leastway.lint import Report, Severity

FOLDER = Path(__file__).parent / "humanitec"


@pytest.fixture(scope="module")
def report() -> Report:
    return lint_paths([FOLDER])


def places(report: Report, rule: str) -> list[tuple[str, str]]:
    return [(Path(one.file or "").name, one.pointer) for one in report.findings if one.rule == rule]


def test_every_policy_of_both_files_is_read(report: Report) -> None:
    assert (report.files, report.policies, report.without_policy, report.unchecked) == (2, 4, 0, ())
    assert report.exit_code is ExitCode.NEGATIVE


def test_administrator_access_of_the_resource_role_is_an_error(report: Report) -> None:
    pointer = "/Resources/ResourceRole/Properties/ManagedPolicyArns/0"
    assert places(report, "full-privileges") == [("trust-roles.yaml", pointer)]
    errors = [one for one in report.findings if one.severity is Severity.ERROR]
    assert [one.rule for one in errors] == ["full-privileges"]


def test_list_clusters_under_a_tag_condition_is_reported_for_user_and_role(report: Report) -> None:
    inline = "/Resources/AccessRole/Properties/Policies/0/PolicyDocument/Statement/0/Action/4"
    assert places(report, "never-allows") == [
        ("trust-roles.yaml", inline),
        ("user-policy.json", "/Statement/0/Action/4"),
    ]


def test_only_the_outdated_address_list_is_reported(report: Report) -> None:
    pointer = "/Statement/2/Condition/NotIpAddress/aws:SourceIp"
    assert places(report, "old-address-list") == [("user-policy.json", pointer)]


def test_no_other_rule_reports_findings(report: Report) -> None:
    assert {one.rule for one in report.findings} == {"full-privileges", "never-allows", "old-address-list"}
