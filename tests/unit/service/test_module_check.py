"""What does not fit the platform in the module of a definition, with its file and line."""

from __future__ import annotations

from typing import Any

from leastway.ports import MemoryModules
from leastway.service.module_check import module_warnings

SOURCE = {"url": "https://git.test/modules.git", "path": "s3"}
MODULE = b"""variable "region" {}
variable "bucket" {}
terraform {
  backend "s3" {}
}
"""
MODULES = MemoryModules({("https://git.test/modules.git", "s3"): {"main.tf": MODULE, "README.md": b"{"}})


def warned(values: dict[str, Any], secrets: dict[str, Any] | None = None, *, modules: bool = True) -> list[str]:
    return [
        text.partition(";")[0] for text in module_warnings(MODULES if modules else None, "acme", values, secrets or {})
    ]


def test_a_script_is_scanned_where_it_is_written() -> None:
    script = 'variable "region" {}\nresource "null_resource" "x" {\n  provisioner "local-exec" {}\n}\n'
    (first, second) = warned({"script": script, "variables": {"region": "x", "zone": "$\\{x}"}})
    assert first.startswith("driver_inputs.values.script, line 3: local-exec: ")
    assert second.startswith("driver_inputs: undeclared-variable: ")
    assert "zone" in second


def test_files_beside_a_script_are_scanned_under_their_names() -> None:
    values = {"script": "", "files": {"a.tf": 'variable "b" {}', "b.txt": "{"}}
    (warning,) = warned(values)
    assert warning.startswith("driver_inputs.values.files.a.tf, line 1: missing-variable: ")


def test_a_module_in_a_repository_is_scanned_if_the_server_reads_it() -> None:
    values = {"source": SOURCE, "variables": {"region": "x"}}
    found = warned(values)
    assert [text.partition(": ")[0] for text in found] == ["main.tf, line 2", "main.tf, line 4"]
    assert warned(values, modules=False) == []
    named = {"source": SOURCE, "variables": {"region": "x"}, "credentials_config": {"variables": {"bucket": "x"}}}
    assert [text.partition(": ")[0] for text in warned(named)] == ["main.tf, line 4"]


def test_a_repository_that_cannot_be_read_is_said_and_refuses_nothing() -> None:
    (warning,) = warned({"source": {**SOURCE, "path": "other"}})
    assert warning.startswith("driver_inputs.values.source: the module could not be read, so it was not checked")


def test_a_source_that_only_a_deployment_knows_is_not_read() -> None:
    assert warned({"source": {**SOURCE, "rev": "${context.env.id}"}}) == []
    assert warned({"source": "${resources.config.outputs.source}"}) == []


def test_a_broken_script_is_said_and_many_findings_are_counted() -> None:
    (broken,) = warned({"script": 'resource "a" "b" {'})
    assert "not checked" in broken
    many = "".join(f'variable "v{number}" {{}}\n' for number in range(30))
    found = warned({"script": many})
    assert len(found) == 21
    assert found[-1].startswith("10 more findings about the module")
