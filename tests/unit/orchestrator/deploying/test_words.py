"""The words of errors of deployments."""

from __future__ import annotations

import re
from pathlib import Path

from leastway.kube.deploying.rollout_kinds import WATCHED
from leastway.orchestrator.deploying.words import _CODES

PAGE = (Path(__file__).parents[4] / "docs" / "api.md").read_text()


def test_the_documentation_has_every_word() -> None:
    words = re.search(r"Errors have a word in `code`:(.*?)\n\n", PAGE, re.DOTALL)
    assert words is not None
    assert {code for _, code, _ in _CODES} <= set(re.findall("`([a-z-]+)`", words[1]))


def test_the_documentation_has_every_kind_that_is_watched() -> None:
    watched = re.search(r"- Rollouts of .*?together", PAGE, re.DOTALL)
    assert watched is not None
    assert all(f"{kind}s" in watched[0] for kind in WATCHED)
