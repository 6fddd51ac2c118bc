"""What a run's log says of the text of a module."""

from pathlib import Path

from leastway.isolation import Host
from leastway.orchestrator.inputs import RunInputs
from leastway.orchestrator.settings import RunSettings
from leastway.orchestrator.workshop import Workshop
from leastway.terraform import OVERRIDE, prepare_module

MAIN = """
resource "terraform_data" "one" {
  provisioner "local-exec" {
    command = "true"
  }
}
"""


def test_findings_name_files_by_their_path_in_the_module_and_their_line(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(MAIN)
    (tmp_path / "nested").mkdir()
    (tmp_path / "nested" / "broken.tf").write_text('resource "x" {\n')
    prepare_module(tmp_path)  # leastway's own file is not checked, and nobody is told so
    workshop = Workshop(Host(bubblewrap=None, user=None, unsafe_reason="nothing is run"), RunSettings(folder=tmp_path))
    lines = list(workshop.findings(tmp_path, RunInputs(source=None)))
    assert any(": main.tf:3: " in line for line in lines), lines
    assert any(": nested/broken.tf" in line for line in lines), lines
    assert not [line for line in lines if str(tmp_path) in line or OVERRIDE in line]
