from pathlib import Path

import pytest

from leastway.app import pages
from leastway.app.pages import explain, page_titles
from leastway.errors import InvalidInputError, LeastwayError
from leastway.lint import all_rules
from leastway.lint.modules import all_module_rules


def test_each_finding_has_a_page() -> None:
    _, findings = page_titles()
    assert {page.name for page in findings} == {rule.id for rule in all_rules()} | {
        rule.id for rule in all_module_rules()
    }
    assert explain("full-privileges").text.startswith("# full-privileges\n")


def test_a_refusal_of_a_grant_is_explained_by_its_row() -> None:
    explained = explain("role-outside-prefix")
    assert explained.page == "grant.md"
    heading, _, head, _, row = explained.text.splitlines()
    assert heading == "## What is refused"
    assert head == "| rule | what is refused |"
    assert row.startswith("| `role-outside-prefix` | a role that the platform could not assume")


def test_a_page_is_printed_whole() -> None:
    text = (Path(__file__).parents[3] / "docs" / "revocation.md").read_text()
    assert explain("revocation") == pages.Explained(text, "revocation.md")


@pytest.mark.parametrize("name", ["full-privilege", "revokation", "role-outside-prefixes"])
def test_an_unknown_name_gets_a_suggestion(name: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        explain(name)
    assert caught.value.fix is not None
    assert caught.value.fix.startswith("did you mean '")


@pytest.mark.parametrize("name", ["../README", "adr/0001-the-house-and-its-levels", "", "README", "findings"])
def test_only_names_of_pages_are_read(name: str) -> None:
    with pytest.raises(InvalidInputError):
        explain(name)


def test_missing_documentation_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pages, "_FOLDERS", (tmp_path,))
    with pytest.raises(LeastwayError, match="documentation is not installed"):
        explain("grant")


def test_every_page_that_a_message_names_exists() -> None:
    source = Path(pages.__file__).parents[1]
    text = "\n".join(path.read_text() for path in source.rglob("*.py"))
    named = {word.split("`")[0] for word in text.split("`leastway explain ")[1:]}
    titles, _ = page_titles()
    assert named - {""} <= {page.name for page in titles}
    assert len(named) > 3
