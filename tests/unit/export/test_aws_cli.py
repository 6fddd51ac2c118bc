import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.compiler import compile_grant
from leastway.estate import AuthMode, Estate, EstateObject, Role, User
from leastway.export import FORMATS, CannotExportError, ExportRequest
from leastway.export.aws_cli.words import quoted
from leastway.grant import Identity
from tests.unit.compiler.conftest import ACCOUNT, DEPLOYER, EDIT, EXTERNAL_IDS, S3_ROLE, cluster, facts_of, grant_of

FACTS = facts_of("prod", AuthMode.API, "workers") | facts_of("legacy", AuthMode.CONFIG_MAP)


def estate_of(identity: Identity) -> Estate:
    grant = grant_of(cluster("prod", EDIT, DEPLOYER), cluster("legacy", DEPLOYER), identity=identity, roles=(S3_ROLE,))
    return compile_grant(grant, FACTS, EXTERNAL_IDS).estate


def script_of(objects: Iterable[EstateObject]) -> str:
    request = ExportRequest("humanitec", "test", Estate.of("acme", objects), "aws-cli")
    return FORMATS["aws-cli"].export(request)[f"{ACCOUNT}.sh"]


@pytest.mark.parametrize("identity", Identity)
def test_shellcheck_has_nothing_to_say(identity: Identity, tmp_path: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("there is no shellcheck on this machine")
    path = tmp_path / "script.sh"
    path.write_text(script_of(estate_of(identity)))
    done = subprocess.run(["shellcheck", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_sections_follow_the_platforms_own_document() -> None:
    script = script_of(estate_of(Identity.IAM_USER))
    sections = [line[3:] for line in script.splitlines() if line.startswith("## ")]
    assert sections == [
        "1. The platform's principal",
        "2. The tag that opens a cluster to the platform",
        "3. The way into the clusters",
        "4. The user's first access key",
        "5. The roles that Terraform works under",
    ]


def test_the_role_that_the_platform_assumes_comes_first_and_terraforms_last() -> None:
    first, _, last = script_of(estate_of(Identity.TRUST_ROLE)).partition("## 5. ")
    assert "--role-name 'humanitec-eks-access-111122223333'" in first
    assert "create-role --role-name 'humanitec-s3'" in last
    assert "create-role --role-name 'humanitec-s3'" not in first


def test_a_user_with_inline_policies_is_refused_and_not_shortened() -> None:
    estate = estate_of(Identity.IAM_USER)
    document = next(each.trust for each in estate if isinstance(each, Role))
    objects = [replace(each, inline=(("more", document),)) if isinstance(each, User) else each for each in estate]
    with pytest.raises(CannotExportError, match="inline policies") as caught:
        script_of(objects)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("text", ["it's", "$(id)", "`id`", 'a "b" \\', "", "line\nline", "$HOME", "!!"])
def test_a_quoted_word_reaches_the_command_as_it_is(text: str) -> None:
    done = subprocess.run(["sh", "-c", f"printf '%s.' {quoted(text)}"], capture_output=True, text=True, check=True)
    assert done.stdout == f"{text}."


def test_no_description_ends_its_quotes() -> None:
    objects = [
        replace(each, description="'; touch x; '") if isinstance(each, Role) else each
        for each in estate_of(Identity.TRUST_ROLE)
    ]
    assert "--description ''\"'\"'; touch x; '\"'\"''" in script_of(objects)


STUB = """#!/bin/sh
printf '%s\\n' "$*" >>"$CALLS"
case "$*" in
  *get-caller-identity*) echo 111122223333 ;;
  *get-policy*"$REFUSED"*) echo 'An error occurred (AccessDenied) when calling GetPolicy' >&2; exit 254 ;;
  *list-access-keys*) echo None ;;
  *list-tags-for-resource*) printf 'true\\tacme\\n' ;;
  *) echo acme ;;
esac
"""


def run(script: str, folder: Path, **environment: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run a script with an `aws` that finds everything but a key; return what it called too."""
    (folder / "aws").write_text(STUB)
    (folder / "aws").chmod(0o700)
    (folder / "script.sh").write_text(script)
    calls = folder / "calls"
    given = {"PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(calls), "REFUSED": "nothing-is", **environment}
    done = subprocess.run(
        ["sh", str(folder / "script.sh")], env=given, capture_output=True, text=True, timeout=20, check=False
    )
    return done, calls.read_text()


def test_what_cannot_be_read_is_not_absent(tmp_path: Path) -> None:
    done, calls = run(script_of(estate_of(Identity.IAM_USER)), tmp_path, REFUSED="HumanitecSaaS")
    assert done.returncode == 1
    assert "(AccessDenied)" in done.stderr
    assert "create-policy" not in calls


def test_a_key_is_made_when_asked_for_and_never_written_over_a_file(tmp_path: Path) -> None:
    script = script_of(estate_of(Identity.IAM_USER))
    done, calls = run(script, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "create-access-key" not in calls

    there = tmp_path / "there.json"
    there.write_text("of somebody else")
    done, calls = run(script, tmp_path, KEY_FILE=str(there))
    assert done.returncode != 0
    assert "create-access-key" not in calls
    assert there.read_text() == "of somebody else"

    done, calls = run(script, tmp_path, KEY_FILE=str(tmp_path / "new.json"))
    assert done.returncode == 0, done.stderr
    assert calls.count("create-access-key") == 1
