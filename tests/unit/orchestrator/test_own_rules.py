from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.lint import Severity
from leastway.orchestrator.own_rules import judge_by_own_rules
from leastway.terraform import RuleResult


def conftest(tools: Path, script: str) -> None:
    """Put a program in place of conftest: it says what `script` says, and shows how it was called in `called`."""
    program = tools / "conftest"
    program.write_text(f'#!/bin/sh\necho "$@" > {tools}/called; env >> {tools}/called; cat > {tools}/plan\n{script}\n')
    program.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    (tmp_path / "policy").mkdir()
    return tmp_path


def test_a_plan_is_judged_on_standard_input_and_without_the_servers_environment(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED", "planted")
    conftest(tools, """echo '[{"successes": 1, "failures": [{"msg": "no buckets"}]}]'; exit 1""")
    assert judge_by_own_rules(tools, b'{"a": 1}') == (RuleResult("no buckets", Severity.ERROR),)
    assert (tools / "plan").read_bytes() == b'{"a": 1}'
    called = (tools / "called").read_text()
    assert called.startswith(f"test --output=json --no-color --parser=json --policy={tools}/policy -\n")
    assert "PLANTED" not in called


def test_without_rules_nothing_is_judged(tmp_path: Path) -> None:
    assert judge_by_own_rules(None, b"{}") == ()
    conftest(tmp_path, "exit 9")
    assert judge_by_own_rules(tmp_path, b"{}") == ()


@pytest.mark.parametrize("script", ["exit 2", "echo '[]'", "echo no", "kill -9 $$"])
def test_a_conftest_that_does_not_judge_is_an_error(tools: Path, script: str) -> None:
    conftest(tools, script)
    with pytest.raises(LeastwayError, match="conftest judged nothing"):
        judge_by_own_rules(tools, b"{}")


def test_a_conftest_that_is_missing_or_slow_is_an_error(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(LeastwayError, match="conftest is not installed"):
        judge_by_own_rules(tools, b"{}")
    monkeypatch.setattr("leastway.orchestrator.own_rules._LONGEST", 0.2)
    conftest(tools, "exec sleep 30")
    with pytest.raises(LeastwayError, match=r"took more than 0\.2 s"):
        judge_by_own_rules(tools, b"{}")


@pytest.mark.parametrize("script", ["sleep 300", "yes", "sleep 300 & wait"])
def test_a_conftest_that_nobody_waits_for_ends_with_all_that_it_started(tools: Path, script: str) -> None:
    conftest(tools, f"echo $$ > {tools}/pid\n{script}")
    with pytest.raises(LeastwayError, match=r"conftest was ended|printed more than 16 MiB"):
        judge_by_own_rules(tools, b"{}", (tools / "pid").exists)
    group = int((tools / "pid").read_text())
    give_up = time.monotonic() + 20
    with contextlib.suppress(ProcessLookupError):  # until all are gone
        while time.monotonic() < give_up:
            os.killpg(group, 0)
            time.sleep(0.02)
        pytest.fail("it left a process")


def test_a_conftest_that_prints_without_end_is_an_error(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastway.orchestrator.own_rules._LARGEST", 1 << 20)
    conftest(tools, "yes")
    with pytest.raises(LeastwayError, match="printed more than 1 MiB"):
        judge_by_own_rules(tools, b"{}")


def test_a_large_plan_reaches_a_conftest_that_is_slow_to_read(tools: Path) -> None:
    plan = b"{" + b" " * (1 << 20) + b"}"
    conftest(tools, """echo '[{"successes": 1}]'""")
    program = tools / "conftest"
    program.write_text(program.read_text().replace("; cat >", "; sleep 0.5; cat >"))
    assert judge_by_own_rules(tools, plan) == ()
    assert (tools / "plan").read_bytes() == plan
