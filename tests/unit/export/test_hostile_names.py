"""Names and reasons cannot end a comment, begin a line or control the terminal of a reader."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leastway.estate import Note
from leastway.export import FORMATS
from leastway.export.aws_cli import words
from leastway.export.hcl.layout import hcl_text
from leastway.export.hcl.syntax import Comment
from leastway.export.yaml_text import comment
from tests.unit.export.test_every_format import LEGACY, request_of

HOSTILE = "x\n--> FORGED\r*/ FORGED\u2028FORGED\x85FORGED\x1b[2J\u202e"


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_name_stays_in_its_comment(name: str) -> None:
    request = request_of(name)
    dangers = (Note(LEGACY, HOSTILE), Note("111122223333", HOSTILE))
    profile = request.profile if name == "humanitec" else HOSTILE  # which accepts no other platform
    said = replace(request, profile=profile, version=HOSTILE, dangers=dangers)
    for path, text in FORMATS[name].export(said).items():
        assert "\x1b" not in text, path
        assert "\u202e" not in text, path
        for line in text.splitlines():
            assert not line.lstrip().startswith(("FORGED", "--> FORGED", "*/")), (path, line)


def test_comments_stay_on_one_line() -> None:
    for text in (comment([HOSTILE]), words.comment([HOSTILE]), words.comment(HOSTILE), hcl_text([Comment(HOSTILE)])):
        assert all(line.startswith("#") for line in text.splitlines()), text
    assert words.heading(HOSTILE).count("\n") == 2
