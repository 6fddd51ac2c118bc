"""The sandboxes that the tests of this folder share, in each worker: each test begins with an empty one.

A test that kills or measures processes starts a sandbox of its own.
"""

from collections.abc import Iterator

import pytest

from leastway.sandbox import Sandbox


@pytest.fixture(scope="package")
def _shared() -> Iterator[Sandbox]:
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="package")
def _shared_small() -> Iterator[Sandbox]:
    with Sandbox(small_kubernetes=True) as started:
        yield started


@pytest.fixture
def sandbox(_shared: Sandbox) -> Sandbox:
    """An empty sandbox, with real API servers where KUBEBUILDER_ASSETS is set."""
    _shared.control.reset()
    return _shared


@pytest.fixture
def small_sandbox(_shared_small: Sandbox) -> Sandbox:
    """An empty sandbox, with small API servers."""
    _shared_small.control.reset()
    return _shared_small
