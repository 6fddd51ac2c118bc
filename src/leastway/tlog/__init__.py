"""Transparency logs in the public formats: the Merkle tree, tiles, signed checkpoints, proofs, and the check of a log.

Pure: nothing here reads a file, calls a server or knows what an entry means. Sources: RFC 6962 and RFC 9162 (the tree
and its proofs), and C2SP's tlog-tiles, signed-note, tlog-checkpoint, tlog-cosignature and tlog-proof.
"""

from leastway.tlog.checking import Fault, LogCheck, ReadFile, check_log, demand_witnesses
from leastway.tlog.checkpoint import Checkpoint, SignedCheckpoint, read_checkpoint, read_unsigned_size
from leastway.tlog.growing import GrowingTree, growing_files, growing_tiles, new_files
from leastway.tlog.merkle import (
    EMPTY_ROOT,
    HASH_SIZE,
    Frontier,
    Subtrees,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    root_hash,
    subtrees_of,
)
from leastway.tlog.note import NoteError, Signature, SignatureType, SignedNote, Signer, VerifierKey, read_note
from leastway.tlog.proof import EntryProof, check_entry, read_proof
from leastway.tlog.tiles import (
    CHECKPOINT,
    MAX_ENTRY,
    TILE_WIDTH,
    Bundle,
    BundleError,
    Tile,
    bundles_of,
    read_bundle,
    read_tile_path,
    subtrees_in,
    tiles_of,
    write_bundle,
)

__all__ = [
    "CHECKPOINT",
    "EMPTY_ROOT",
    "HASH_SIZE",
    "MAX_ENTRY",
    "TILE_WIDTH",
    "Bundle",
    "BundleError",
    "Checkpoint",
    "EntryProof",
    "Fault",
    "Frontier",
    "GrowingTree",
    "LogCheck",
    "NoteError",
    "ReadFile",
    "Signature",
    "SignatureType",
    "SignedCheckpoint",
    "SignedNote",
    "Signer",
    "Subtrees",
    "Tile",
    "VerifierKey",
    "bundles_of",
    "check_entry",
    "check_log",
    "consistency_proof",
    "demand_witnesses",
    "growing_files",
    "growing_tiles",
    "inclusion_proof",
    "is_consistent",
    "is_included",
    "leaf_hash",
    "new_files",
    "node_hash",
    "read_bundle",
    "read_checkpoint",
    "read_note",
    "read_proof",
    "read_tile_path",
    "read_unsigned_size",
    "root_hash",
    "subtrees_in",
    "subtrees_of",
    "tiles_of",
    "write_bundle",
]
