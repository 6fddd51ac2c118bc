"""What holds for every format: the same bytes each time, a header that says what the file is, plain lines."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import partial

import pytest

from leastway.compiler import compile_grant, registrations_of
from leastway.estate import AuthMode, Note
from leastway.export import FORMATS, ExportRequest, Header, StateOfFile, check, read_header
from leastway.grant import Identity
from tests.unit.compiler.conftest import DEPLOYER, EDIT, EXTERNAL_IDS, S3_ROLE, cluster, facts_of, grant_of

FACTS = facts_of("prod", AuthMode.API, "workers", "spot") | facts_of("legacy", AuthMode.CONFIG_MAP)
LEGACY = "111122223333/eu-central-1/legacy"
DANGER = Note(LEGACY, "group x is dangerous on purpose: until the\n--> move is over, see */ the ticket")


def request_of(name: str) -> ExportRequest:
    grant = grant_of(
        cluster("prod", EDIT, DEPLOYER), cluster("legacy", DEPLOYER), identity=Identity.IAM_USER, roles=(S3_ROLE,)
    )
    estate = compile_grant(grant, FACTS, EXTERNAL_IDS).estate
    told = partial(registrations_of, grant, EXTERNAL_IDS)
    return ExportRequest("humanitec", "test", estate, name, grant.platform.role_prefix, registrations=told)


PROGRAM = """
import hashlib, sys
from leastway.export import FORMATS
from tests.unit.export.test_every_format import request_of
for name, exporter in FORMATS.items():
    for path, text in exporter.export(request_of(name)).items():
        print(name, path, hashlib.sha256(text.encode()).hexdigest())
"""


def test_the_bytes_depend_on_no_order_of_hashing() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
    assert {line.split()[0] for line in said.pop().splitlines()} == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_every_file_says_what_it_is(name: str) -> None:
    files = FORMATS[name].export(request_of(name))
    assert files
    for path, text in files.items():
        head = read_header(text)
        assert head is not None, path
        assert head._replace(digest="") == Header(name, "acme", "humanitec test", "")
        assert "\r" not in text
        assert text.endswith("\n")
        assert not [line for line in text.split("\n") if line != line.rstrip()], path
    assert {one.state for one in check(files, files)} == {StateOfFile.CURRENT}


@pytest.mark.parametrize("name", FORMATS)
def test_another_version_of_the_profile_makes_every_file_stale(name: str) -> None:
    before = FORMATS[name].export(replace(request_of(name), version="older"))
    after = FORMATS[name].export(request_of(name))
    states = check(after, before)
    assert {one.state for one in states} == {StateOfFile.STALE}
    assert {one.why for one in states} == {"it was made with the profile humanitec older, and it is humanitec test now"}


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_dangerous_is_said_with_its_reason_where_it_is_and_ends_no_comment(name: str) -> None:
    plain = FORMATS[name].export(request_of(name))
    said = FORMATS[name].export(replace(request_of(name), dangers=(DANGER, Note("999999999999/a/b", "elsewhere"))))
    line = f"unsafe: {LEGACY}: group x is dangerous on purpose: until the -> move is over, see * / the ticket"
    assert [path for path, text in said.items() if line in text]
    assert not [path for path, text in said.items() if "elsewhere" in text]
    for path, text in said.items():
        if line in text:
            assert text.replace(line, "") != plain[path]
            states = check({path: text}, {path: plain[path]})
            assert [(one.state, one.why) for one in states] == [
                (StateOfFile.STALE, "what the grant means for it has changed")
            ]
        else:
            assert text == plain[path]


def test_where_the_grant_makes_nothing_any_more_its_files_are_extra() -> None:
    files = FORMATS["kubernetes"].export(request_of("kubernetes"))
    assert check({}, files) == ()
    assert {one.state for one in check({}, files, nothing_of=("kubernetes", "acme"))} == {StateOfFile.EXTRA}
    assert check({}, files, nothing_of=("kubernetes", "other")) == ()
