"""A gap that ministack has changed under is named, not passed over."""

import sys
import types
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.sandbox.process import engine


@pytest.fixture
def ministack(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Put a ministack in place that has one function and one IAM handler."""
    package, module, iam = (types.ModuleType(name) for name in ("ministack", "ministack.core", "ministack.services"))
    package.__path__ = []
    module.__dict__["double"] = lambda number: 2 * number
    iam.__dict__["_IAM_HANDLERS"] = {"GetUser": lambda params: params}
    for name, loaded in {"": package, ".core": module, ".services": package, ".services.iam": iam}.items():
        monkeypatch.setitem(sys.modules, f"ministack{name}", loaded)
    return module


def test_a_change_is_given_the_original(ministack: types.ModuleType) -> None:
    def more(original: Any, number: int) -> Any:
        return original(number) + 1

    engine.change("core", "double", more)
    assert ministack.double(3) == 7


def test_a_function_that_is_gone_is_named(ministack: types.ModuleType) -> None:
    with pytest.raises(LeastwayError, match=r"ministack\.core has no triple any more"):
        engine.change("core", "triple", print)


def test_a_handler_is_changed_and_one_that_is_gone_is_named(ministack: types.ModuleType) -> None:
    engine.handle(["GetUser"], lambda original, params: ("changed", original(params)))
    assert engine.require("services.iam", "_IAM_HANDLERS")["GetUser"]({"a": 1}) == ("changed", {"a": 1})
    with pytest.raises(LeastwayError, match="does not answer DeleteUniverse any more"):
        engine.handle(["DeleteUniverse"], print)


def test_another_release_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("AUTH", "LOG_LEVEL", "TMPDIR", "HOME", "STATE_DIR", "S3_DATA_DIR", "MINISTACK_HOST", "GATEWAY_PORT"):
        monkeypatch.setenv(name, "")
    monkeypatch.setitem(sys.modules, "docker", None)
    monkeypatch.setattr("importlib.metadata.version", lambda _: "9.9.9")
    with pytest.raises(LeastwayError, match=r"knows ministack 1\.5\.33, and 9\.9\.9 is installed"):
        engine.load(str(tmp_path), 0)
