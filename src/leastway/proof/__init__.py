"""The contract of a grant, and the proof that what was compiled, or what is installed, satisfies it.

Pure: `watches` returns what to look for next to the grant's objects, observations are passed in as values
(`Standing`, `Observation`), and nothing calls a site, a store or a clock. It imports nothing from `compiler`: a
contract that shared code with what it judges would repeat its mistakes.
"""

from leastway.proof.claims import Claim, Proof
from leastway.proof.contract import Contract, Need, RoleContract, contract_of
from leastway.proof.contract_document import (
    ClusterContract,
    ContractDocument,
    NamespaceAccess,
    access_in,
    document_of,
    parse_contract,
)
from leastway.proof.proving import Standing, prove
from leastway.proof.sightings import of_no_other_grant, sightings
from leastway.proof.watches import Look, watches

__all__ = [
    "Claim",
    "ClusterContract",
    "Contract",
    "ContractDocument",
    "Look",
    "NamespaceAccess",
    "Need",
    "Proof",
    "RoleContract",
    "Standing",
    "access_in",
    "contract_of",
    "document_of",
    "of_no_other_grant",
    "parse_contract",
    "prove",
    "sightings",
    "watches",
]
