"""What templates make is what Go's text/template makes with sprig: for listed templates, and for random ones."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from leastway.errors import InvalidInputError
from leastway.registry.templates import parse_template
from tests.random_templates import random_template
from tests.template_cases import DATA, RENDERED

pytestmark = pytest.mark.integration

JUDGE = Path(__file__).parents[2] / "template-judge"
Judge = Callable[[list[str]], list[dict[str, str]]]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Build the judge; Go keeps what it built, so that this takes a second the next time."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("the comparison with text/template needs the Go toolchain")
    program = tmp_path_factory.mktemp("judge") / "template-judge"
    built = subprocess.run(
        [go, "build", "-p", "2", "-trimpath", "-buildvcs=false", "-o", str(program), "."],
        cwd=JUDGE,
        env={**os.environ, "CGO_ENABLED": "0"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if built.returncode:
        pytest.skip(f"the judge of templates cannot be built: {built.stderr.strip().splitlines()[-1][:200]}")

    def ask(templates: list[str]) -> list[dict[str, str]]:
        lines = "".join(json.dumps({"template": one, "data": DATA}) + "\n" for one in templates)
        done = subprocess.run([str(program)], input=lines, capture_output=True, text=True, timeout=60, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


def ours(text: str) -> str | None:
    try:
        return parse_template(text, "t").render(DATA).text
    except InvalidInputError:
        return None


def test_the_listed_templates_make_the_same_in_go(judge: Judge) -> None:
    texts = [text for text, _ in RENDERED]
    assert judge(texts) == [{"text": expected} for _, expected in RENDERED]


def test_random_templates_make_the_same_in_go_or_are_refused(judge: Judge) -> None:
    chance = random.Random(20261129)
    texts = [random_template(chance, 3) for _ in range(3000)]
    made = [ours(text) for text in texts]
    answers = judge(texts)
    differing = [
        (text, one, answer)
        for text, one, answer in zip(texts, made, answers, strict=True)
        if one is not None and answer.get("text") != one
    ]
    assert differing[:5] == []
    assert sum(one is not None for one in made) > 200
