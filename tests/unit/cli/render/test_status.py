import io

from rich.console import Console

from leastway.cli.render.status import print_statuses, statuses_json
from leastway.estate import AuthMode, Note, Place
from leastway.reconcile import ChangeAction, PlaceStatus, Status

WELL = PlaceStatus(Place("111122223333"), Status.AS_EXPECTED, None, {ChangeAction.NONE: 4})
UNKNOWN = PlaceStatus(
    Place("111122223333", "eu-central-1", "prod"), Status.UNKNOWN, None, {}, "denied [request 1234-ab]"
)


def test_a_request_id_is_not_markup() -> None:
    out = io.StringIO()
    print_statuses(Console(file=out, width=120), [WELL, UNKNOWN])
    assert "denied [request 1234-ab]" in out.getvalue()
    assert "as expected" in out.getvalue()
    assert "4 unchanged" in out.getvalue()


def test_a_mode_is_not_broken_on_a_narrow_terminal() -> None:
    out = io.StringIO()
    counts = {ChangeAction.CREATE: 1, ChangeAction.UPDATE: 2, ChangeAction.NONE: 4}
    place = Place("111122223333", "eu-central-1", "a-cluster-with-a-long-name")
    print_statuses(
        Console(file=out, width=80), [PlaceStatus(place, Status.DIFFERS, AuthMode.API_AND_CONFIG_MAP, counts)]
    )
    assert "API_AND_CONFIG_MAP" in out.getvalue()


def test_the_json_has_states_and_notes() -> None:
    remark = Note("platform", "a newer version exists")
    assert statuses_json([WELL], [])["clean"] is True
    found = statuses_json([WELL, UNKNOWN], [remark])
    assert found["clean"] is False
    assert [one["state"] for one in found["places"]] == ["as expected", "unknown"]
    assert found["notes"] == [{"where": "platform", "text": "a newer version exists", "unsafe": False}]
