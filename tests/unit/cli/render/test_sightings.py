"""Other access of the platform, as text and as JSON."""

import io

from rich.console import Console

from leastway.cli.render.sightings import print_sightings, sightings_json
from leastway.estate import Place, Sighting, Way, Weight

HERE = Place("111122223333")
CLUSTERS = [Place("111122223333", "eu-central-1", name) for name in ("api", "prod", "shop", "web")]
SEEN = [
    Sighting(HERE, Way.GROUP, "user humanitec", "it is in the group ops", fix="take it out"),
    Sighting(HERE, Way.ROLE, "role humanitec-old", "leastway did not make it", Weight.REMARK),
    *(
        Sighting(place, Way.POD_IDENTITY, place.cluster, "not checked: may not eks:List", Weight.UNKNOWN, "permit it")
        for place in CLUSTERS
    ),
]


def test_what_was_not_read_for_one_reason_is_grouped() -> None:
    out = io.StringIO()
    print_sightings(Console(file=out, width=200), SEEN)
    assert out.getvalue().splitlines() == [
        "! 111122223333  user humanitec  it is in the group ops",
        "    take it out",
        ". 111122223333  role humanitec-old  leastway did not make it",
        "? 111122223333  pod-identity not checked: may not eks:List",
        "    permit it",
        f"    4 places unknown: {', '.join(map(str, CLUSTERS[:3]))} and 1 more",
    ]


def test_the_json_lists_each_sighting_with_its_place() -> None:
    values = sightings_json(SEEN)
    assert len(values) == len(SEEN)
    assert values[0] == {
        "account": "111122223333",
        "region": None,
        "cluster": None,
        "way": "group",
        "name": "user humanitec",
        "weight": "differs",
        "text": "it is in the group ops",
        "fix": "take it out",
    }
    assert values[-1]["cluster"] == "web"
