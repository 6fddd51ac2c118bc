"""Gaps are installed, and a change of ministack that breaks one is an error."""

import sys
import types
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.sandbox.process import engine


@pytest.fixture
def ministack(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Install a fake ministack with one function and one IAM handler."""
    package, module, iam = (types.ModuleType(name) for name in ("ministack", "ministack.core", "ministack.services"))
    package.__path__ = []
    module.__dict__["double"] = lambda number: 2 * number
    iam.__dict__["_IAM_HANDLERS"] = {"GetUser": lambda params: params}
    for name, loaded in {"": package, ".core": module, ".services": package, ".services.iam": iam}.items():
        monkeypatch.setitem(sys.modules, f"ministack{name}", loaded)
    return module


def test_a_replacement_is_installed_when_the_gap_is_closed_and_gets_the_original(ministack: types.ModuleType) -> None:

    @engine.change("core", "double")
    def more(original: Any, number: int) -> Any:
        return original(number) + 1

    assert ministack.double(3) == 6
    engine.close(__name__)
    assert ministack.double(3) == 7


def test_a_later_replacement_is_called_first(ministack: types.ModuleType) -> None:
    engine.change("core", "double")(lambda original, number: original(number) + 1)
    engine.change("core", "double")(lambda original, number: original(number * 10))
    engine.close(__name__)
    assert ministack.double(3) == 61


def test_a_missing_function_is_an_error(ministack: types.ModuleType) -> None:
    engine.change("core", "triple")(lambda original: original)
    with pytest.raises(LeastwayError, match=r"ministack\.core no longer has triple"):
        engine.close(__name__)


def test_a_handler_is_changed_or_added_and_a_missing_one_is_an_error(ministack: types.ModuleType) -> None:
    engine.handle("GetUser")(lambda original, params: ("changed", original(params)))
    engine.answer("GetGalaxy")(lambda params: ("new", params))
    engine.close(__name__)
    handlers = engine.require("services.iam", "_IAM_HANDLERS")
    assert handlers["GetUser"]({"a": 1}) == ("changed", {"a": 1})
    assert handlers["GetGalaxy"]({"a": 1}) == ("new", {"a": 1})
    engine.handle("DeleteUniverse")(lambda original, params: params)
    with pytest.raises(LeastwayError, match="no longer handles DeleteUniverse"):
        engine.close(__name__)


def test_another_release_of_ministack_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("AUTH", "LOG_LEVEL", "TMPDIR", "HOME", "STATE_DIR", "S3_DATA_DIR", "MINISTACK_HOST", "GATEWAY_PORT"):
        monkeypatch.setenv(name, "")
    monkeypatch.setitem(sys.modules, "docker", None)
    monkeypatch.setattr("importlib.metadata.version", lambda _: "9.9.9")
    with pytest.raises(LeastwayError, match=r"requires ministack 1\.5\.33, but 9\.9\.9 is installed"):
        engine.load(str(tmp_path), 0)
