"""Properties of every format: a header in every file, plain lines."""

from __future__ import annotations

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


@pytest.mark.parametrize("name", FORMATS)
def test_every_file_has_its_header(name: str) -> None:
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
def test_every_file_is_stale_with_another_version_of_the_profile(name: str) -> None:
    before = FORMATS[name].export(replace(request_of(name), version="older"))
    after = FORMATS[name].export(request_of(name))
    states = check(after, before)
    assert {one.state for one in states} == {StateOfFile.STALE}
    assert {one.why for one in states} == {
        "it was exported with the profile humanitec older, and the grant now uses humanitec test"
    }


@pytest.mark.parametrize("name", FORMATS)
def test_danger_appears_with_its_reason_only_in_files_it_concerns(name: str) -> None:
    plain = FORMATS[name].export(request_of(name))
    said = FORMATS[name].export(replace(request_of(name), dangers=(DANGER, Note("999999999999/a/b", "elsewhere"))))
    line = f"unsafe: {LEGACY}: group x is dangerous on purpose: until the -> move is over, see * / the ticket"
    assert [path for path, text in said.items() if line in text]
    assert not [path for path, text in said.items() if "elsewhere" in text]
    for path, text in said.items():
        if line in text:
            assert text.replace(line, "") != plain[path]
            states = check({path: text}, {path: plain[path]})
            assert [(one.state, one.why) for one in states] == [(StateOfFile.STALE, "the grant has changed")]
        else:
            assert text == plain[path]


def test_files_are_extra_when_the_grant_no_longer_has_any() -> None:
    files = FORMATS["kubernetes"].export(request_of("kubernetes"))
    assert check({}, files) == ()
    assert {one.state for one in check({}, files, nothing_of=("kubernetes", "acme"))} == {StateOfFile.EXTRA}
    assert check({}, files, nothing_of=("kubernetes", "other")) == ()
