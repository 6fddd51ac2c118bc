"""Scans of modules: positions, several files, and files that are broken or hostile."""

import time

import pytest

from leastway.lint import Finding, Unchecked
from leastway.lint.modules import Given, scan_module

GIVEN = Given(frozenset({"region"}), False, "definition.yaml")
MODULE = b"""# \xc3\xa4 comment with a letter of two bytes
variable "region" { type = string }
variable "bucket" {
  type = string
}
resource "x" "y" {
  \xc3\xa4 = 1
  dynamic "part" {
    for_each = []
    content {}
  }
  provisioner "local-exec" { command = "true" }
}
"""


def places(files: dict[str, bytes], given: Given | None = None) -> list[tuple[str, str, int, int]]:
    results, _ = scan_module(files, given, folder="module")
    return [
        (one.rule, one.file or "", one.position.line if one.position else 0, one.position.column if one.position else 0)
        for one in results
        if isinstance(one, Finding)
    ]


def unchecked(files: dict[str, bytes]) -> list[tuple[str, int]]:
    results, _ = scan_module(files)
    return [(one.reason, one.position.line if one.position else 0) for one in results if isinstance(one, Unchecked)]


def test_findings_have_file_line_and_column() -> None:
    assert places({"main.tf": MODULE}, GIVEN) == [
        ("local-exec", "module/main.tf", 12, 3),
        ("missing-variable", "module/main.tf", 3, 1),
    ]


def test_variables_of_all_files_of_the_folder_count_and_not_those_of_inner_modules() -> None:
    files = {"a.tf": b'variable "region" {}\n', "b.tf": b'variable "bucket" {}\n', "inner/a.tf": b'variable "x" {}\n'}
    assert places(files, GIVEN) == [("missing-variable", "module/b.tf", 1, 1)]
    assert places(files) == []


def test_an_inner_module_is_searched_for_programs() -> None:
    inner = {"main.tf": b"", "inner/a.tf": b'data "external" "x" {}\nterraform {\n  backend "s3" {}\n}\n'}
    assert places(inner) == [("external-data", "module/inner/a.tf", 1, 1)]


def test_a_block_that_is_left_open_is_named_and_hides_nothing_below_it() -> None:
    broken = b'resource "x" "y" {\n  a = 1\n\ndata "external" "z" {}\nprovider "aws" {\n  access_key = "x"\n}\n'
    assert {rule for rule, *_ in places({"main.tf": broken})} == {"external-data", "keys-without-role"}
    assert [reason for reason, _ in unchecked({"main.tf": broken})] == [
        "the file is not valid HCL here, so what follows may be read wrongly"
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"a = " + b"[" * 200, "nested deeper than 100 levels"),
        (b"{" * 200_000, "nested deeper than 100 levels"),
        (b"a {\n" * 50_000, "nested deeper than 100 levels"),
        (b'a = "' + b"${" * 500, "nested deeper than 100 levels"),
        (b"a = " + b"!" * 100_000, "not valid HCL"),
        (b"a = " + b"x ? x : " * 20_000, "not valid HCL"),
        (b"x" * (2 << 20), "larger than 1 MiB"),
        (b"\xff\xfe", "UTF-16, not UTF-8"),
        (b"\x80", "not valid UTF-8"),
        (b"\x00" * 1000, "not valid HCL"),
        (b"a = <<E\n" + b"x\n" * 100_000, "not valid HCL"),
    ],
)
def test_a_hostile_file_is_one_clear_result_in_time(content: bytes, what: str) -> None:
    began = time.perf_counter()
    found = unchecked({"main.tf": content})
    assert len(found) == 1
    assert what in found[0][0]
    assert time.perf_counter() - began < 20  # seconds; below one on an idle machine


def test_the_line_of_the_bracket_that_is_too_deep_is_named() -> None:
    assert unchecked({"main.tf": b'variable "a" {}\n' + b"b = " + b"[" * 101}) == [
        ("brackets are nested deeper than 100 levels", 2)
    ]


def test_json_syntax_is_not_checked_and_said() -> None:
    assert unchecked({"main.tf.json": b"{}"}) == [("the JSON syntax of Terraform is not checked", 0)]


def test_keys_of_the_definition_make_every_provider_without_a_role_an_error() -> None:
    provider = {"main.tf": b'provider "aws" {}\nprovider "random" {}\n'}
    assert places(provider, Given(frozenset(), True, "d.yaml")) == [("keys-without-role", "module/main.tf", 1, 1)]
    assert places(provider, Given(frozenset(), False, "d.yaml")) == []
    session = {"main.tf": b'provider "aws" {\n  access_key = var.a\n  token = var.t\n}\n'}
    assert places(session) == []
