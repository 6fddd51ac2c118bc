from pathlib import Path

import pytest

from leastway.app.policy.files import PolicyFileError
from leastway.app.policy.lint import known_platforms, lint_paths
from leastway.errors import ExitCode, InvalidInputError
from leastway.grant import find_profile
from leastway.lint import Allowance
from leastway.lint.reports import as_text

ADMIN = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
READER = ADMIN.replace('"*"', '"s3:GetObject"', 1)
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
  "Principal": {"AWS": "arn:aws:iam::444455556666:user/ci"}}]}"""


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_a_folder_is_linted_without_hidden_folders(tmp_path: Path) -> None:
    write(tmp_path, a_json=ADMIN, deep__b_json=READER, _git__c_json=ADMIN, node_modules__d_json=ADMIN)
    (tmp_path / "node.modules").rename(tmp_path / "node_modules")
    report = lint_paths([tmp_path])
    assert (report.files, report.policies, report.without_policy) == (2, 2, 0)
    assert [finding.file for finding in report.findings] == [str(tmp_path / "a.json")]


def test_files_without_policies_are_counted_and_unreadable_files_are_unchecked(tmp_path: Path) -> None:
    write(
        tmp_path,
        package_json='{"name": "x"}',
        settings_json="// comments are not JSON",
        cut_json='{"Statement": [',
        odd_json=b'{"Statement": "\xff"}',
        pods_yaml="kind: Pod",
        notes_txt=ADMIN,
    )
    report = lint_paths([tmp_path])
    assert (report.files, report.policies, report.without_policy) == (5, 0, 3)
    assert sorted((Path(one.file or "").name, one.reason) for one in report.unchecked) == [
        ("cut.json", "this is not valid JSON: expecting value"),
        ("odd.json", "the file is not valid UTF-8: byte 16, in line 1, is invalid"),
    ]
    assert report.exit_code is ExitCode.UNKNOWN


def test_a_file_argument_must_contain_a_policy(tmp_path: Path) -> None:
    write(tmp_path, package_json='{"name": "x"}', cut_json='{"Statement": [')
    with pytest.raises(InvalidInputError, match="contains no policy"):
        lint_paths([tmp_path / "package.json"])
    with pytest.raises(PolicyFileError) as caught:
        lint_paths([tmp_path / "cut.json"])
    assert '1 | {"Statement": [' in caught.value.diagnostics()
    with pytest.raises(InvalidInputError, match="cannot be read"):
        lint_paths([tmp_path / "missing.json"])


def test_a_broken_file_does_not_hide_findings_in_others(tmp_path: Path) -> None:
    write(tmp_path, good_json=ADMIN, cut_json='{"Statement": [', package_json='{"name": "x"}')
    report = lint_paths([tmp_path / "cut.json", tmp_path / "package.json", tmp_path / "good.json"])
    assert [Path(one.file or "").name for one in report.findings] == ["good.json"]
    assert [(Path(one.file or "").name, one.reason) for one in report.unchecked] == [
        ("cut.json", "this is not valid JSON: expecting value"),
        ("package.json", "the file contains no policy"),
    ]
    assert '1 | {"Statement": [' in as_text(report)
    assert report.exit_code is ExitCode.NEGATIVE


def test_a_folder_without_policies_is_not_clean(tmp_path: Path) -> None:
    assert lint_paths([tmp_path]).exit_code is ExitCode.UNKNOWN
    report = lint_paths([write(tmp_path, package_json='{"name": "x"}', notes_txt=ADMIN)])
    assert [one.reason for one in report.unchecked] == ["no policy was found, so nothing was checked"]
    assert report.exit_code is ExitCode.UNKNOWN
    assert lint_paths([write(tmp_path, a_json=READER)]).exit_code is not ExitCode.UNKNOWN


def test_a_file_that_is_given_twice_is_linted_once(tmp_path: Path) -> None:
    write(tmp_path, a_json=ADMIN)
    report = lint_paths([tmp_path, tmp_path / "a.json", tmp_path])
    assert (report.files, len(report.findings)) == (1, 1)


def test_an_allowed_finding_is_listed_with_its_reason(tmp_path: Path) -> None:
    write(tmp_path, a_json=ADMIN, b_json=ADMIN)
    report = lint_paths([tmp_path], allowances=[Allowance("full-privileges", "break glass", "a.json")])
    assert [Path(finding.file or "").name for finding in report.findings] == ["b.json"]
    assert [allowance.reason for _, allowance in report.allowed] == ["break glass"]


def test_own_accounts_are_not_third_parties(tmp_path: Path) -> None:
    write(tmp_path, t_json=TRUST)
    assert [one.rule for one in lint_paths([tmp_path]).findings] == ["missing-external-id"]
    assert lint_paths([tmp_path], own_accounts=["444455556666"]).findings == ()


def test_bundled_platforms_use_their_latest_address_list() -> None:
    (platform,) = [one for one in known_platforms() if one.name == "humanitec"]
    latest = find_profile("humanitec")
    assert platform.addresses == tuple(latest.addresses)
    assert platform.principal == str(latest.principal)
    assert not set(platform.former) & set(platform.addresses)


def test_an_own_profile_replaces_the_bundled_one_of_its_name(tmp_path: Path) -> None:
    source = Path(__file__).parents[4] / "src/leastway/grant/profiles/humanitec/v0.0.5.yaml"
    path = tmp_path / "humanitec.yaml"
    path.write_text(source.read_text())
    (platform,) = [one for one in known_platforms([path]) if one.name == "humanitec"]
    assert len(platform.addresses) == 6


def test_progress_is_reported_for_each_file(tmp_path: Path) -> None:
    reported: list[str] = []

    class Listener:
        def phase(self, what: str, total: int) -> None:
            reported.append(f"{what} {total}")

        def step(self, what: str) -> None:
            reported.append(Path(what).name)

        def result(self, result: object) -> None:
            raise AssertionError("linting changes nothing")

    write(tmp_path, a_json=ADMIN, b_json="{}")
    lint_paths([tmp_path], progress=Listener())
    assert reported == ["linting 2", "a.json", "b.json"]
