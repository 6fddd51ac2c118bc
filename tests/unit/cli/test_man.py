import shutil
import subprocess
from pathlib import Path

import click
import pytest

from leastway.cli.group import leastway
from leastway.cli.man import manual_pages
from tests.unit.cli.conftest import Run


def page(command: click.Command) -> str:
    return dict(manual_pages(command, "leastway x"))["leastway-x.1"]


def test_every_command_has_a_page_with_each_of_its_options(run: Run, tmp_path: Path) -> None:
    code, output, _ = run("man", "pages")
    pages = {path.name: path.read_text() for path in (tmp_path / "pages").iterdir()}
    assert code == 0
    assert output == f"{len(pages)} manual pages in pages: man pages/leastway.1\n"
    assert {"leastway.1", "leastway-plan.1", "leastway-policy-lint.1"} <= set(pages)
    assert "\\fB\\-\\-markdown\\fR\nPrint the plan as Markdown" in pages["leastway-plan.1"]
    assert "\\fBleastway plan\\fR\nShow what would change" in pages["leastway.1"]


def test_pages_name_the_same_options_as_the_help_whichever_is_made_first() -> None:
    pages = dict(manual_pages(leastway))
    assert {name for name, text in pages.items() if "\\fB\\-h, \\-\\-help\\fR" not in text} == set()


def test_texts_cannot_become_requests_of_roff() -> None:
    text = page(click.Command("x", help="Do it.\n\n.so /etc/passwd and \\fB-x"))
    assert "\n\\&.so /etc/passwd and \\efB\\-x\n" in text


def test_an_example_keeps_its_lines() -> None:
    text = page(click.Command("x", help="Do it.\n\n\b\nfirst\nsecond"))
    assert ".nf\nfirst\nsecond\n.fi" in text


def test_a_folder_that_cannot_be_written_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, errors = run("man", "file/pages")
    assert code == 1
    assert "the manual pages could not be written" in errors


def test_groff_accepts_every_page_without_a_warning() -> None:
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    text = "\n".join(text for _, text in manual_pages(leastway))
    command = [groff, "-ww", "-man", "-Tascii"]
    done = subprocess.run(command, check=False, input=text, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Make accounts and clusters match" in done.stdout
