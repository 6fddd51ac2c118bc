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


def test_a_folder_is_linted_with_all_below_it_but_hidden_folders(tmp_path: Path) -> None:
    write(tmp_path, a_json=ADMIN, deep__b_json=READER, _git__c_json=ADMIN, node_modules__d_json=ADMIN)
    (tmp_path / "node.modules").rename(tmp_path / "node_modules")
    report = lint_paths([tmp_path])
    assert (report.files, report.policies, report.without_policy) == (2, 2, 0)
    assert [finding.file for finding in report.findings] == [str(tmp_path / "a.json")]


def test_what_holds_no_policy_is_counted_and_what_cannot_be_read_is_unchecked(tmp_path: Path) -> None:
    write(
        tmp_path,
        package_json='{"name": "x"}',
        settings_json="// comments are no JSON",
        cut_json='{"Statement": [',
        odd_json=b'{"Statement": "\xff"}',
        pods_yaml="kind: Pod",
        notes_txt=ADMIN,
    )
    report = lint_paths([tmp_path])
    assert (report.files, report.policies, report.without_policy) == (5, 0, 3)
    assert sorted((Path(one.file or "").name, one.reason) for one in report.unchecked) == [
        ("cut.json", "this is not valid JSON: expecting value"),
        ("odd.json", "the file is not valid UTF-8: byte 16 is invalid"),
    ]
    assert report.exit_code is ExitCode.UNKNOWN


def test_a_file_that_was_named_must_hold_a_policy(tmp_path: Path) -> None:
    write(tmp_path, package_json='{"name": "x"}', cut_json='{"Statement": [')
    with pytest.raises(InvalidInputError, match="holds no policy"):
        lint_paths([tmp_path / "package.json"])
    with pytest.raises(PolicyFileError) as caught:
        lint_paths([tmp_path / "cut.json"])
    assert '1 | {"Statement": [' in caught.value.diagnostics()
    with pytest.raises(InvalidInputError, match="cannot be read"):
        lint_paths([tmp_path / "missing.json"])


def test_one_broken_file_of_several_does_not_silence_the_others(tmp_path: Path) -> None:
    write(tmp_path, good_json=ADMIN, cut_json='{"Statement": [', package_json='{"name": "x"}')
    report = lint_paths([tmp_path / "cut.json", tmp_path / "package.json", tmp_path / "good.json"])
    assert [Path(one.file or "").name for one in report.findings] == ["good.json"]
    assert [(Path(one.file or "").name, one.reason) for one in report.unchecked] == [
        ("cut.json", "this is not valid JSON: expecting value"),
        ("package.json", "this file holds no policy"),
    ]
    assert '1 | {"Statement": [' in as_text(report)
    assert report.exit_code is ExitCode.NEGATIVE


def test_a_folder_in_which_nothing_was_read_is_not_clean(tmp_path: Path) -> None:
    assert lint_paths([tmp_path]).exit_code is ExitCode.UNKNOWN
    report = lint_paths([write(tmp_path, package_json='{"name": "x"}', notes_txt=ADMIN)])
    assert [one.reason for one in report.unchecked] == ["no policy was found here, so nothing was checked"]
    assert report.exit_code is ExitCode.UNKNOWN
    assert lint_paths([write(tmp_path, a_json=READER)]).exit_code is not ExitCode.UNKNOWN


def test_a_file_is_linted_once_however_often_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, a_json=ADMIN)
    report = lint_paths([tmp_path, tmp_path / "a.json", tmp_path])
    assert (report.files, len(report.findings)) == (1, 1)


def test_what_is_allowed_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    write(tmp_path, a_json=ADMIN, b_json=ADMIN)
    report = lint_paths([tmp_path], allowances=[Allowance("full-privileges", "break glass", "a.json")])
    assert [Path(finding.file or "").name for finding in report.findings] == ["b.json"]
    assert [allowance.reason for _, allowance in report.allowed] == ["break glass"]


def test_ones_own_accounts_are_no_third_parties(tmp_path: Path) -> None:
    write(tmp_path, t_json=TRUST)
    assert [one.rule for one in lint_paths([tmp_path]).findings] == ["missing-external-id"]
    assert lint_paths([tmp_path], own_accounts=["444455556666"]).findings == ()


def test_the_bundled_platforms_are_known_by_their_latest_list() -> None:
    (platform,) = [one for one in known_platforms() if one.name == "humanitec"]
    latest = find_profile("humanitec")
    assert platform.addresses == tuple(latest.addresses)
    assert platform.principal == str(latest.principal)
    assert not set(platform.former) & set(platform.addresses)


def test_a_profile_of_ones_own_goes_before_a_bundled_one_of_its_name(tmp_path: Path) -> None:
    source = Path(__file__).parents[4] / "src/leastway/grant/profiles/humanitec/v0.0.5.yaml"
    path = tmp_path / "humanitec.yaml"
    path.write_text(source.read_text())
    (platform,) = [one for one in known_platforms([path]) if one.name == "humanitec"]
    assert len(platform.addresses) == 6


def test_progress_is_told_file_by_file(tmp_path: Path) -> None:
    told: list[str] = []

    class Listener:
        def phase(self, what: str, total: int) -> None:
            told.append(f"{what} {total}")

        def step(self, what: str) -> None:
            told.append(Path(what).name)

        def result(self, result: object) -> None:
            raise AssertionError("linting changes nothing")

    write(tmp_path, a_json=ADMIN, b_json="{}")
    lint_paths([tmp_path], progress=Listener())
    assert told == ["linting 2", "a.json", "b.json"]
