"""The picture and the table of rooms in docs/development.md match the layers that import-linter enforces."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/development.md").read_text()


def layers() -> list[set[str]]:
    """Return the rooms that exist, from the highest layer to the lowest."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (found,) = (each["layers"] for each in contracts if each.get("containers") == ["leastway"])
    rooms = ({room.strip(" ()") for room in layer.split("|")} for layer in found)
    package = ROOT / "src/leastway"
    return [
        {room for room in layer if (package / room).is_dir() or (package / f"{room}.py").exists()} for layer in rooms
    ]


def test_the_picture_shows_each_room_on_its_level() -> None:
    picture = PAGE.partition("```mermaid\n")[2].partition("```")[0]
    boxes = {
        box: set(re.findall(r"[a-z_]+", re.sub(r"^ *direction \w+$", "", body, flags=re.MULTILINE)))
        for box, body in re.findall(r"subgraph (\w+)\[[^]]*]\n(.*?)\n  end", picture, re.DOTALL)
    }
    order = picture.strip().rpartition("\n")[2].strip().split(" --> ")
    *above, primitives, errors, shown = layers()
    assert [boxes[box] for box in order] == [*above, primitives | errors | shown]


def test_the_table_has_each_room_once() -> None:
    rows = re.findall(r"^\| [^|]*\d[^|]* \| ([^|]*) \|", PAGE, re.MULTILINE)
    listed = [room for row in rows for room in re.findall(r"`([a-z_]+)`", row)]
    assert sorted(listed) == sorted(room for layer in layers() for room in layer)
