"""The contract of a grant, and the proof that what was compiled, or what is installed, keeps to it.

Pure: whom to look for beside the grant's objects is stated as values (`watches`), what was read comes in as values
(`Standing`, `Observation`), and no site, store or clock is asked. It imports nothing of `compiler`: a contract that
shared code with what it judges would repeat its mistakes.
"""

from leastway.proof.claims import Claim, Proof
from leastway.proof.contract import Contract, Need, RoleContract, contract_of
from leastway.proof.proving import Standing, prove
from leastway.proof.sightings import of_no_other_grant, sightings
from leastway.proof.watches import Look, watches

__all__ = [
    "Claim",
    "Contract",
    "Look",
    "Need",
    "Proof",
    "RoleContract",
    "Standing",
    "contract_of",
    "of_no_other_grant",
    "prove",
    "sightings",
    "watches",
]
