"""What the compiler makes of a grant, as what a proof judges."""

from leastway.compiler import cluster_places, compile_grant
from leastway.estate import Unreadable
from leastway.grant import Grant
from leastway.proof import Standing
from tests.unit.compiler.conftest import EXTERNAL_IDS


def standing(grant: Grant) -> Standing:
    unasked = {place: Unreadable(place, "no cluster is asked for a proof") for place in cluster_places(grant)}
    return Standing(compile_grant(grant, unasked, EXTERNAL_IDS).estate.objects)
