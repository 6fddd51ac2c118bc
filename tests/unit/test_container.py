"""The image of the engineer's commands, the kubeconfig of the documentation, and the options that pages name."""

from __future__ import annotations

import re
from pathlib import Path

import click
import yaml

from leastway.cli.group import leastway

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([A-Za-z0-9_.-]+(?:\[[^\]]+\])?==\S+)", re.MULTILINE)


def pinned(name: str) -> set[str]:
    return {re.sub(r"\[.*?\]", "", one) for one in PINNED.findall((ROOT / "requirements" / f"{name}.txt").read_text())}


def test_the_image_pins_what_the_project_pins_and_nothing_of_the_server() -> None:
    engineer = pinned("engineer")
    assert engineer < pinned("runtime")
    names = {one.partition("==")[0] for one in engineer}
    assert {"botocore", "ministack", "click", "tree-sitter"} <= names
    assert names.isdisjoint({"starlette", "uvicorn", "dbos", "psycopg"})
    assert "--hash=sha256:" in (ROOT / "requirements" / "engineer.txt").read_text()


def test_the_image_runs_as_nobody_in_particular_and_copies_what_exists() -> None:
    text = (ROOT / "Containerfile").read_text()
    user = re.findall(r"^USER (\d+):(\d+)$", text, re.MULTILINE)
    assert user == [("10001", "10001")]
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / name).exists() for name in line.split())
    assert all("--require-hashes" in line for line in text.splitlines() if "-r requirements/" in line)


def test_the_kubeconfig_of_the_documentation_calls_a_command_that_exists() -> None:
    page = (ROOT / "docs" / "everyday.md").read_text().partition("## kubectl with")[2]
    config = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    (user,) = config["users"]
    plugin = user["user"]["exec"]
    name, *arguments = plugin["args"]
    root = click.Context(leastway, **leastway.context_settings)
    command = leastway.get_command(root, name)
    assert command is not None
    context = command.make_context(name, list(arguments), root)
    assert (plugin["command"], context.params["cluster"], context.params["region"]) == (
        "leastway",
        "prod",
        "eu-central-1",
    )


def test_the_answers_and_the_upgrade_guide_name_commands_and_options_that_exist() -> None:
    text = "".join((ROOT / "docs" / f"{name}.md").read_text() for name in ("faq", "upgrading", "comparison"))
    found = re.findall(r"`leastway ([a-z-]+)([^`]*)`", text)
    assert len(found) > 10
    for name, rest in found:
        command = leastway.get_command(click.Context(leastway), name)
        assert command is not None, name
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, (name, rest)


def test_the_page_of_the_server_has_each_of_its_options() -> None:
    command = leastway.get_command(click.Context(leastway), "serve")
    assert command is not None
    page = (ROOT / "docs" / "server.md").read_text()
    options = {option for one in command.params for option in one.opts if option.startswith("--")} - {"--help"}
    assert {option for option in options if not re.search(rf"{option}(?![\w-])", page)} == set()
