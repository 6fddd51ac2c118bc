"""The Merkle tree of a log: hashes, roots and proofs as RFC 6962 defines them (section 2.1), with SHA-256.

A tree is read through a `Subtrees` function, which returns the hash of any complete subtree, so that the same code
works on a list in memory, on tiles in a folder and on rows of a database. The checks of proofs follow RFC 9162
(sections 2.1.3.2 and 2.1.4.2), read no tree, and accept a proof only when every hash in it was needed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "Frontier",
    "Subtrees",
    "consistency_proof",
    "inclusion_proof",
    "is_consistent",
    "is_included",
    "leaf_hash",
    "node_hash",
    "root_hash",
    "subtrees_of",
]

HASH_SIZE = 32
"""Bytes of every hash."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without entries."""

Subtrees = Callable[[int, int], bytes]
"""Returns the hash of the complete subtree `index` at `level`: of 2**level entries, from index * 2**level on."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtrees_of(leaves: Sequence[bytes]) -> Subtrees:
    """Return the subtrees of a tree whose leaf hashes are in memory."""

    def subtree(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        return node_hash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1))

    return subtree


def root_hash(subtrees: Subtrees, size: int) -> bytes:
    """Return the root of the tree of the first `size` entries."""
    return _range_hash(subtrees, 0, size) if size else EMPTY_ROOT


def inclusion_proof(subtrees: Subtrees, index: int, size: int) -> tuple[bytes, ...]:
    """Return the hashes that lead from the entry `index` to the root of `size` entries, the leaf's sibling first.

    Errors: ValueError where the tree has no such entry.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} entries has no entry {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(subtrees, middle, end))
            end = middle
        else:
            path.append(_range_hash(subtrees, start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_proof(subtrees: Subtrees, old: int, new: int) -> tuple[bytes, ...]:
    """Return the hashes that show that the first `old` of `new` entries are those of the tree of `old` entries.

    Errors: ValueError unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise ValueError(f"a tree of {old} entries cannot be shown to grow into one of {new}")
    path: list[bytes] = []
    start, end, is_old_root = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_hash(subtrees, middle, end))
            end = middle
        else:
            path.append(_range_hash(subtrees, start, middle))
            start, is_old_root = middle, False
    if not is_old_root:
        path.append(_range_hash(subtrees, start, end))
    return tuple(reversed(path))


def is_included(leaf: bytes, index: int, size: int, proof: Iterable[bytes], root: bytes) -> bool:
    """Whether `proof` leads from the leaf hash at `index` to the root of a tree of `size` entries."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and hmac.compare_digest(found, root)


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `new` entries begins with the tree of `old` entries.

    The empty tree is the beginning of every tree, and the same size needs the same root; neither takes a proof.
    """
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not proof and hmac.compare_digest(old_root, EMPTY_ROOT)
    if old == new:
        return not proof and hmac.compare_digest(old_root, new_root)
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not hashes:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    found_old = found_new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found_new = node_hash(found_new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and hmac.compare_digest(found_old, old_root) and hmac.compare_digest(found_new, new_root)


class Frontier:
    """The right edge of a growing tree: appends entries and returns the root without reading what came before.

    It holds one hash for each bit that is set in the tree's size.
    """

    __slots__ = ("_edge", "size")

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        """Go on from a tree of `size` entries, whose complete subtrees from left to right are `edge`.

        Errors: ValueError where `edge` has not one hash for each of them.
        """
        if len(edge) != size.bit_count() or any(len(each) != HASH_SIZE for each in edge):
            raise ValueError(f"a tree of {size} entries has {size.bit_count()} complete subtrees at its right edge")
        self.size = size
        self._edge = list(edge)

    @classmethod
    def of(cls, subtrees: Subtrees, size: int) -> Frontier:
        """Return the right edge of the tree of `size` entries."""
        edge = []
        start = 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                edge.append(subtrees(level, start >> level))
                start += 1 << level
        return cls(size, edge)

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next entry."""
        found, size = leaf, self.size
        while size & 1:
            found, size = node_hash(self._edge.pop(), found), size >> 1
        self._edge.append(found)
        self.size += 1

    @property
    def edge(self) -> tuple[bytes, ...]:
        """The hashes of the complete subtrees, from left to right."""
        return tuple(self._edge)

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        if not self._edge:
            return EMPTY_ROOT
        found = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            found = node_hash(left, found)
        return found


def _split(count: int) -> int:
    """Return the largest power of two below `count`, where a tree of that many entries divides."""
    return 1 << (count - 1).bit_length() - 1


def _range_hash(subtrees: Subtrees, start: int, end: int) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return subtrees(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range_hash(subtrees, start, middle), _range_hash(subtrees, middle, end))
