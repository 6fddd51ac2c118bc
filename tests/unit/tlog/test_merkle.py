"""The tree against RFC 6962: a naive tree written from its definition, and roots that other implementations publish."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence

import pytest

from leastway.tlog import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    root_hash,
    subtrees_of,
)

_SIZES = range(1, 34)
_LEAVES = [leaf_hash(bytes([number])) for number in range(33)]
_PUBLISHED = [b"", b"\x00", b"\x10", b" !", b"01", b"@ABC", bytes(range(0x50, 0x58)), bytes(range(0x60, 0x70))]
"""The entries of the example that certificate-transparency implementations test with."""


def _naive_root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + _naive_root(leaves[:split]) + _naive_root(leaves[split:])).digest()


@pytest.mark.parametrize(
    ("size", "root"),
    [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_root_matches_the_published_value(size: int, root: str) -> None:
    leaves = [leaf_hash(entry) for entry in _PUBLISHED[:size]]
    assert root_hash(subtrees_of(leaves), size).hex() == root


@pytest.mark.parametrize("size", range(34))
def test_root_and_frontier_match_the_definition(size: int) -> None:
    subtrees = subtrees_of(_LEAVES)
    frontier = Frontier()
    for leaf in _LEAVES[:size]:
        frontier.append(leaf)
    assert root_hash(subtrees, size) == frontier.root() == _naive_root(_LEAVES[:size])
    assert Frontier.of(subtrees, size).edge == frontier.edge


def test_frontier_continues_from_its_saved_edge() -> None:
    first = Frontier()
    for leaf in _LEAVES[:13]:
        first.append(leaf)
    second = Frontier(first.size, first.edge)
    for leaf in _LEAVES[13:]:
        second.append(leaf)
    assert second.root() == _naive_root(_LEAVES)


def test_frontier_rejects_an_edge_that_does_not_fit_its_size() -> None:
    with pytest.raises(ValueError, match="2 complete subtrees"):
        Frontier(3, [_LEAVES[0]])


@pytest.mark.parametrize("size", _SIZES)
def test_every_inclusion_proof_holds_for_its_entry_alone(size: int) -> None:
    subtrees, root = subtrees_of(_LEAVES), _naive_root(_LEAVES[:size])
    for index in range(size):
        proof = inclusion_proof(subtrees, index, size)
        assert is_included(_LEAVES[index], index, size, proof, root)
        assert not is_included(leaf_hash(b"other"), index, size, proof, root)
        assert not is_included(_LEAVES[index], index, size, (*proof, root), root)
        if proof:
            assert not is_included(_LEAVES[index], index, size, proof[:-1], root)
        others = [other for other in range(size) if other != index]
        assert not any(is_included(_LEAVES[index], other, size, proof, root) for other in others)


@pytest.mark.parametrize("new", _SIZES)
def test_every_consistency_proof_holds_for_its_sizes_and_roots_alone(new: int) -> None:
    subtrees, new_root = subtrees_of(_LEAVES), _naive_root(_LEAVES[:new])
    for old in range(1, new + 1):
        old_root = _naive_root(_LEAVES[:old])
        proof = consistency_proof(subtrees, old, new)
        assert is_consistent(old, old_root, new, new_root, proof)
        assert not is_consistent(old, _LEAVES[0] if old > 1 else EMPTY_ROOT, new, new_root, proof)
        assert not is_consistent(old, old_root, new, EMPTY_ROOT, proof)
        assert not is_consistent(old, old_root, new, new_root, (*proof, EMPTY_ROOT))
        if proof:
            assert not is_consistent(old, old_root, new, new_root, proof[:-1])
            changed = [hashlib.sha256(proof[0]).digest(), *proof[1:]]
            assert not is_consistent(old, old_root, new, new_root, changed)


def test_empty_tree_is_the_beginning_of_every_tree() -> None:
    root = _naive_root(_LEAVES)
    assert is_consistent(0, EMPTY_ROOT, 33, root, ())
    assert not is_consistent(0, root, 33, root, ())
    assert not is_consistent(0, EMPTY_ROOT, 33, root, (root,))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_an_entry_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no entry"):
        inclusion_proof(subtrees_of(_LEAVES), index, size)
    assert not is_included(_LEAVES[0], index, size, (), _LEAVES[0])


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3)])
def test_a_tree_does_not_grow_backwards(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="cannot be shown to grow"):
        consistency_proof(subtrees_of(_LEAVES), old, new)
    if old:
        assert not is_consistent(old, _LEAVES[0], new, _LEAVES[0], ())


def test_two_entries_exchanged_change_the_root() -> None:
    roots = {_naive_root(each) for each in itertools.permutations(_LEAVES[:4])}
    assert len(roots) == 24


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0)])
def test_a_place_outside_the_tree_is_not_included(index: int, size: int) -> None:
    assert not is_included(_LEAVES[0], index, size, (), _LEAVES[0])


def test_a_consistency_proof_that_is_empty_shows_nothing() -> None:
    assert not is_consistent(3, _naive_root(_LEAVES[:3]), 5, _naive_root(_LEAVES[:5]), ())
