import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.compiler import compile_grant
from leastway.estate import AuthMode, Estate, EstateObject, ManagedPolicy, Role, User
from leastway.export import FORMATS, CannotExportError, ExportRequest
from leastway.export.aws_cli.words import quoted
from leastway.grant import Identity
from leastway.policy import render
from tests.unit.compiler.conftest import ACCOUNT, DEPLOYER, EDIT, EXTERNAL_IDS, S3_ROLE, cluster, facts_of, grant_of

FACTS = facts_of("prod", AuthMode.API, "workers") | facts_of("legacy", AuthMode.CONFIG_MAP)


def estate_of(identity: Identity) -> Estate:
    grant = grant_of(cluster("prod", EDIT, DEPLOYER), cluster("legacy", DEPLOYER), identity=identity, roles=(S3_ROLE,))
    return compile_grant(grant, FACTS, EXTERNAL_IDS).estate


def script_of(objects: Iterable[EstateObject]) -> str:
    request = ExportRequest("humanitec", "test", Estate.of("acme", objects), "aws-cli")
    return FORMATS["aws-cli"].export(request)[f"{ACCOUNT}.sh"]


@pytest.mark.parametrize("identity", Identity)
def test_script_passes_shellcheck(identity: Identity, tmp_path: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    path = tmp_path / "script.sh"
    path.write_text(script_of(estate_of(identity)))
    done = subprocess.run(["shellcheck", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_sections_follow_the_platforms_onboarding_document() -> None:
    script = script_of(estate_of(Identity.IAM_USER))
    sections = [line[3:] for line in script.splitlines() if line.startswith("## ")]
    assert sections == [
        "1. The platform's principal",
        "2. The tag that gives the platform access to a cluster",
        "3. The way into the clusters",
        "4. The user's first access key",
        "5. The roles for Terraform",
    ]


def test_access_role_comes_first_and_terraform_roles_last() -> None:
    first, _, last = script_of(estate_of(Identity.TRUST_ROLE)).partition("## 5. ")
    assert "--role-name 'humanitec-eks-access-111122223333'" in first
    assert "create-role --role-name 'humanitec-s3'" in last
    assert "create-role --role-name 'humanitec-s3'" not in first


def test_user_with_inline_policies_is_rejected() -> None:
    estate = estate_of(Identity.IAM_USER)
    document = next(each.trust for each in estate if isinstance(each, Role))
    objects = [replace(each, inline=(("more", document),)) if isinstance(each, User) else each for each in estate]
    with pytest.raises(CannotExportError, match="inline policies") as caught:
        script_of(objects)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("text", ["it's", "$(id)", "`id`", 'a "b" \\', "", "line\nline", "$HOME", "!!"])
def test_quoted_word_reaches_the_command_unchanged(text: str) -> None:
    done = subprocess.run(["sh", "-c", f"printf '%s.' {quoted(text)}"], capture_output=True, text=True, check=True)
    assert done.stdout == f"{text}."


STUB = """#!/bin/sh
printf '%s\\n' "$*" >>"$CALLS"
case "$*" in
  *get-caller-identity*) echo 111122223333 ;;
  *get-policy*"$REFUSED"*) echo 'An error occurred (AccessDenied) when calling GetPolicy' >&2; exit 254 ;;
  *create-access-key*) [ -z "${NO_KEY-}" ] || exit 254; echo '{}' ;;
  *list-access-keys*) echo None ;;
  *list-tags-for-resource*) printf 'true\\tacme\\n' ;;
  *) echo acme ;;
esac
"""


SHELLS = {"sh": ["sh"], "dash": ["dash"], "busybox": ["busybox", "sh"], "bash": ["bash", "--posix"]}


def run(
    script: str, folder: Path, *, shell: str = "sh", **environment: str
) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run a script with an `aws` that finds everything except a key; also return its calls."""
    (folder / "aws").write_text(STUB)
    (folder / "aws").chmod(0o700)
    (folder / "script.sh").write_text(script)
    calls = folder / "calls"
    given = {"PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(calls), "REFUSED": "nothing-is", **environment}
    done = subprocess.run(
        [*SHELLS[shell], str(folder / "script.sh")], env=given, capture_output=True, text=True, timeout=20, check=False
    )
    return done, calls.read_text()


def test_script_stops_when_an_object_cannot_be_read(tmp_path: Path) -> None:
    done, calls = run(script_of(estate_of(Identity.IAM_USER)), tmp_path, REFUSED="HumanitecSaaS")
    assert done.returncode == 1
    assert "(AccessDenied)" in done.stderr
    assert "create-policy" not in calls


@pytest.mark.parametrize("shell", SHELLS)
def test_key_is_created_only_with_key_file_and_never_overwrites_a_file(tmp_path: Path, shell: str) -> None:
    if shutil.which(SHELLS[shell][0]) is None:
        pytest.skip(f"{shell} is not installed")
    script = script_of(estate_of(Identity.IAM_USER))
    done, calls = run(script, tmp_path, shell=shell)
    assert done.returncode == 0, done.stderr
    assert "create-" not in calls
    assert "tag-resource" not in calls

    there = tmp_path / "there.json"
    there.write_text("of others")
    done, calls = run(script, tmp_path, shell=shell, KEY_FILE=str(there))
    assert done.returncode != 0
    assert "create-access-key" not in calls
    assert there.read_text() == "of others"

    new = tmp_path / "new.json"
    done, calls = run(script, tmp_path, shell=shell, KEY_FILE=str(new))
    assert done.returncode == 0, done.stderr
    assert calls.count("create-access-key") == 1
    assert new.stat().st_mode & 0o077 == 0


def test_failed_key_creation_leaves_no_file(tmp_path: Path) -> None:
    new = tmp_path / "new.json"
    done, _ = run(script_of(estate_of(Identity.IAM_USER)), tmp_path, KEY_FILE=str(new), NO_KEY="1")
    assert done.returncode == 1
    assert "no key was created" in done.stderr
    assert not new.exists()


def steps_of(script: str) -> list[str]:
    """Return the commands of a script that write, each in one line."""
    joined = script.replace(" \\\n", " ")
    return [
        line.strip()
        for line in joined.splitlines()
        if re.match(r" *(retry )?aws \w+ (create|put|attach|tag|assoc)", line)
    ]


def test_only_clusters_of_the_grant_and_their_node_groups_are_tagged() -> None:
    script = script_of(estate_of(Identity.TRUST_ROLE))
    tagged = [shlex.split(step) for step in steps_of(script) if "tag-resource" in step]
    arns = [words[words.index("--resource-arn") + 1] for words in tagged]
    here = f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster"
    assert arns == [f"{here}/legacy", f"{here}/prod", "$arn"]
    assert "--cluster-name 'prod' --nodegroup-name 'workers' --query nodegroup.nodegroupArn" in script.replace(
        " \\\n ", ""
    )
    for words in tagged:
        assert json.loads(words[words.index("--tags") + 1]) == {"Humanitec": "true", "leastway:grant:Humanitec": "acme"}


def test_access_entry_comes_before_its_policy_and_after_the_role() -> None:
    steps = steps_of(script_of(estate_of(Identity.TRUST_ROLE)))
    words = [next(word for word in step.split() if word not in ("retry", "aws", "iam", "eks")) for step in steps]
    entry = steps[words.index("create-access-entry")]
    assert words.index("create-role") < words.index("create-access-entry") < words.index("associate-access-policy")
    assert "--type 'STANDARD'" in entry
    assert "--kubernetes-groups 'humanitec'" in entry
    assert "type=namespace,namespaces=shop" in steps[words.index("associate-access-policy")]
    assert "AmazonEKSClusterAdminPolicy" not in "".join(steps)
    role = f"arn:aws:iam::{ACCOUNT}:role/humanitec-eks-access-{ACCOUNT}"
    principals = {
        words[words.index("--principal-arn") + 1] for words in map(shlex.split, steps) if "--principal-arn" in words
    }
    assert principals == {role}


@pytest.mark.parametrize("identity", Identity)
def test_script_contains_every_policy_of_the_estate_unchanged(identity: Identity) -> None:
    estate = estate_of(identity)
    written = [json.loads(text) for text in re.findall(r"<<'EOF'\n(.*?)\nEOF\n", script_of(estate), re.DOTALL)]
    wanted = [each.document for each in estate if isinstance(each, ManagedPolicy)]
    for each in estate:
        if isinstance(each, Role):
            wanted += [each.trust, *(document for _, document in each.inline)]
    assert sorted(map(json.dumps, written)) == sorted(json.dumps(render(one)) for one in wanted)
    assert any("sts:ExternalId" in json.dumps(one) for one in written)
    assert any("s3:ListBucket" in json.dumps(one) for one in written)


def test_objects_inside_a_cluster_are_mentioned_once_per_cluster() -> None:
    script = script_of(estate_of(Identity.TRUST_ROLE))
    for name in ("prod", "legacy"):
        assert script.count(f"kubectl apply -k {ACCOUNT}/eu-central-1/{name}") == 1
    assert "system:masters" not in script
