"""The compiled estate of a grant, as the input of a proof."""

from leastway.compiler import cluster_places, compile_grant
from leastway.estate import Unreadable
from leastway.grant import Grant
from leastway.proof import Standing
from tests.unit.compiler.conftest import EXTERNAL_IDS


def standing(grant: Grant) -> Standing:
    unasked = {place: Unreadable(place, "clusters are not read for a proof") for place in cluster_places(grant)}
    return Standing(compile_grant(grant, unasked, EXTERNAL_IDS).estate.objects)
