"""The index by account returns the same as a scan of everything."""

import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.sandbox.process.speed import index_stores

ACCOUNT, REGION = ["1"], ["eu"]


class ByAccount:
    """A stand-in for ministack's store, with the methods that the index replaces."""

    _data: Any

    def keys(self) -> Any:
        raise NotImplementedError

    items = values = __iter__ = __len__ = __bool__ = keys


class ByRegion(ByAccount):
    """The same, with a region in its keys."""


@pytest.fixture(scope="module", autouse=True)
def _ministack() -> Iterator[None]:
    core = types.ModuleType("ministack.core.responses")
    core.__dict__.update(
        get_account_id=lambda: ACCOUNT[0],
        get_region=lambda: REGION[0],
        AccountScopedDict=ByAccount,
        AccountRegionScopedDict=ByRegion,
    )
    stand_ins = {"ministack": types.ModuleType("ministack"), "ministack.core": core, "ministack.core.responses": core}
    with pytest.MonkeyPatch.context() as patch:
        for name, module in stand_ins.items():
            patch.setitem(sys.modules, name, module)
        index_stores()
        yield


ACCOUNTS, KEYS = st.sampled_from("12"), st.sampled_from("abc")
STEPS = st.lists(st.tuples(st.sampled_from(["set", "delete", "pop", "setdefault", "update"]), ACCOUNTS, KEYS))


@given(STEPS, st.booleans())
def test_the_index_agrees_with_the_dictionary(steps: list[tuple[str, str, str]], regional: bool) -> None:
    store: Any = ByRegion() if regional else ByAccount()
    plain: dict[tuple[str, ...], int] = {}
    for number, (step, account, key) in enumerate(steps):
        at = (account, "eu", key) if regional else (account, key)
        match step:
            case "set":
                plain[at] = store._data[at] = number
            case "delete" if at in plain:
                del plain[at], store._data[at]
            case "pop":
                assert plain.pop(at, None) == store._data.pop(at, None)
            case "setdefault":
                assert plain.setdefault(at, number) == store._data.setdefault(at, number)
            case "update":
                plain.update({at: number})
                store._data.update({at: number})
        assert dict(store._data) == plain
        for mine in "12":
            ACCOUNT[0] = mine
            own = {where[-1]: value for where, value in plain.items() if where[0] == mine}
            assert dict(store.items()) == own
            assert sorted(store.keys()) == sorted(store) == sorted(own)
            assert sorted(store.values()) == sorted(own.values())
            assert (len(store), bool(store)) == (len(own), bool(own))
    if regional:
        REGION[0] = "us"
        assert store.items() == []
        REGION[0] = "eu"
    store._data.clear()
    assert store.items() == []
