"""What came of a registration, as a person and a program see it."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from leastway.cli.render.register import print_result, results_json
from leastway.humanitec import RegisteredObject, Registering

ONE = RegisteredObject("resource definition", "shop-s3", Registering.CREATE)


def test_warnings_of_the_platform_are_below_what_they_are_about() -> None:
    warned = replace(ONE, warnings=("the module gets a long-term key",))
    console = Console(file=io.StringIO(), width=100)
    print_result(console, warned, None)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "  done       resource definition shop-s3",
        "             warning: the module gets a long-term key",
    ]
    (found,) = results_json([(warned, None)])
    assert found["warnings"] == ["the module gets a long-term key"]
    assert results_json([(ONE, None)])[0]["warnings"] == []
