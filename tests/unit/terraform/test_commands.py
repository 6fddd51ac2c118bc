from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Secret
from leastway.terraform import (
    INPUTS_FOLDER,
    Commands,
    ModuleFolder,
    StateAddress,
    check_programs,
    check_variables,
    find_program,
    read_log_line,
)

PLANTED = "planted-secret"


def commands(program: str = "/opt/terraform", *, lock: bool = False, state: bool = True) -> Commands:
    address = StateAddress("http://127.0.0.1:8471/state", "run", Secret("planted-token"))
    return Commands(
        program=Path(program),
        module=ModuleFolder(Path("/runs/1/module"), (), lock, keeps_backend=False),
        saved_plan=Path("/runs/1/plan/saved"),
        mirror=Path('/srv/"mirror"'),
        values={"a": Secret(PLANTED), "b": {"c": [Secret(PLANTED), 1, None]}},
        state=address if state else None,
        extra={"AWS_ACCESS_KEY_ID": Secret(PLANTED), "TF_INPUT": "1"},
    )


def test_no_argument_has_a_secret_and_the_environment_is_leastways_own() -> None:
    made = commands()
    every = (made.get(), made.init(), made.plan(), made.plan(destroy=True), made.show(), made.apply(), made.output())
    assert "planted" not in repr([every, made])
    assert json.loads(made.files[f"{INPUTS_FOLDER}/inputs.tfvars.json"]) == {
        "a": PLANTED,
        "b": {"c": [PLANTED, 1, None]},
    }
    environment = made.environment
    assert environment["TF_INPUT"] == "0"
    assert environment["TF_HTTP_PASSWORD"] == Secret("planted-token")
    assert environment["TF_HTTP_LOCK_ADDRESS"] == environment["TF_HTTP_ADDRESS"] == "http://127.0.0.1:8471/state"
    assert not any(name.startswith(("TF_CLI_ARGS", "TF_LOG")) for name in environment)
    assert not any(name.startswith("TF_HTTP") for name in commands(state=False).environment)


def test_providers_come_from_the_mirror_alone() -> None:
    written = commands().files[f"{INPUTS_FOLDER}/terraform.rc"].decode()
    assert 'path = "/srv/\\"mirror\\""' in written
    assert "direct" not in written
    assert "disable_checkpoint = true" in written


def test_what_differs_between_modules_and_programs() -> None:
    assert "-lockfile=readonly" in commands(lock=True).init()
    assert "-lockfile=readonly" not in commands().init()
    assert "-destroy" in commands().plan(destroy=True)
    assert "-destroy" not in commands().plan()
    values = f"-var-file={INPUTS_FOLDER}/inputs.tfvars.json"
    assert values in commands().plan()
    assert values not in commands().apply()
    assert values in commands("/opt/tofu").apply()
    assert commands().apply()[-1] == "/runs/1/plan/saved"


@pytest.mark.parametrize(
    "name",
    [
        "TF_CLI_ARGS",
        "TF_CLI_ARGS_plan",
        "tf_http_address",
        "PATH",
        "LD_PRELOAD",
        "HTTPS_PROXY",
        "https_proxy",
        "TF_LOG",
    ],
)
def test_a_definition_cannot_set_what_decides_about_the_run(name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot set this variable"):
        check_variables({}, {name: "x"})


def test_other_variables_are_the_definitions() -> None:
    check_variables({"region": 1, "a_b-c": 2}, {"AWS_ACCESS_KEY_ID": "x", "TF_VAR_region": "y"})
    for name in ("", "1a", "a b", "a" * 200):
        with pytest.raises(InvalidInputError, match="name of a variable"):
            check_variables({name: 1}, {})


def program(folder: Path, name: str, content: str = "#!/bin/sh\n") -> str:
    path = folder / name
    path.write_text(content)
    path.chmod(0o755)
    return hashlib.sha256(content.encode()).hexdigest()


def test_tofu_is_preferred_and_the_definition_can_name_the_other(tmp_path: Path) -> None:
    digest = program(tmp_path, "terraform")
    assert find_program(tmp_path).name == "terraform"
    program(tmp_path, "tofu")
    assert find_program(tmp_path).name == "tofu"
    found = find_program(tmp_path, "terraform")
    assert (found.path, found.sha256, found.is_checked) == (tmp_path / "terraform", digest, False)
    with pytest.raises(InvalidInputError, match="not a program for runs"):
        find_program(tmp_path, "sh")
    with pytest.raises(LeastwayError, match="tofu or terraform is not in the folder of the runs' programs"):
        find_program(tmp_path / "none")


def test_a_program_that_is_not_listed_does_not_keep_the_other_from_being_used(tmp_path: Path) -> None:
    program(tmp_path, "tofu")
    digest = program(tmp_path, "terraform")
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  terraform\n")
    assert find_program(tmp_path).name == find_program(tmp_path, "terraform").name == "terraform"
    with pytest.raises(LeastwayError, match=r"tofu: the SHA-256 of tofu is [0-9a-f]+, and it is not in SHA256SUMS"):
        find_program(tmp_path, "tofu")
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  sh\n")
    with pytest.raises(LeastwayError, match=r"the SHA-256 of tofu is [0-9a-f]+, and it is not in SHA256SUMS"):
        find_program(tmp_path)
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  terraform\n{'0' * 64}  tofu\n")
    with pytest.raises(LeastwayError, match=r"the SHA-256 of tofu is [0-9a-f]+, and it is 0+ in SHA256SUMS"):
        find_program(tmp_path)  # what was exchanged is told of, and not passed over


@pytest.mark.parametrize("wrong", ["tofu", "terraform"])
def test_a_wrong_program_refuses_no_runs_with_the_other_one(tmp_path: Path, wrong: str) -> None:
    digests = {name: program(tmp_path, name, f"#!/bin/sh\n# {name}\n") for name in ("tofu", "terraform")}
    sums = "".join(f"{'0' * 64 if name == wrong else digest}  {name}\n" for name, digest in digests.items())
    (tmp_path / "SHA256SUMS").write_text(sums)
    check_programs(tmp_path)
    right = "terraform" if wrong == "tofu" else "tofu"
    assert find_program(tmp_path, right).is_checked
    with pytest.raises(LeastwayError, match=f"the SHA-256 of {wrong} is"):
        find_program(tmp_path, wrong)
    (tmp_path / right).unlink()
    with pytest.raises(LeastwayError, match=f"the SHA-256 of {wrong} is"):
        check_programs(tmp_path)


def test_digests_of_programs_are_compared(tmp_path: Path) -> None:
    digest = program(tmp_path, "tofu")
    sums = tmp_path / "SHA256SUMS"
    sums.write_text(f"{digest}  tofu\n")
    assert find_program(tmp_path).is_checked
    program(tmp_path, "tofu", "#!/bin/sh\n# changed\n")
    with pytest.raises(LeastwayError, match=rf"the SHA-256 of tofu is [0-9a-f]+, and it is {digest} in SHA256SUMS"):
        find_program(tmp_path)
    program(tmp_path, "terraform")
    with pytest.raises(LeastwayError, match="not in SHA256SUMS"):
        find_program(tmp_path, "terraform")
    sums.write_text("planted\n")
    with pytest.raises(LeastwayError, match="SHA256SUMS is not what sha256sum writes"):
        find_program(tmp_path)


def test_json_lines_become_lines_of_a_log_and_others_stay() -> None:
    started = {
        "@level": "info",
        "@message": "a.b: Creating...",
        "type": "apply_start",
        "hook": {"resource": {"addr": "a.b"}},
    }
    (line,) = read_log_line(json.dumps(started))
    assert (line.text, line.level) == ("a.b: Creating...", "info")
    place = {"filename": "main.tf", "start": {"line": 3}}
    failed = {"severity": "error", "summary": "it failed", "detail": "one\ntwo", "address": "a.b", "range": place}
    diagnostic = {"@level": "error", "@message": "Error: it failed", "type": "diagnostic", "diagnostic": failed}
    assert [each.text for each in read_log_line(json.dumps(diagnostic))] == [
        *("Error: it failed", "  on main.tf line 3", "  with a.b", "  one", "  two"),
    ]
    for text in ("Initializing...", "{", '{"a": 1}', '{"@message": 1}', "[" * 99_999, '{"a":' * 99_999):
        assert [each.text for each in read_log_line(text)] == [text]
