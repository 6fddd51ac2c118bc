import io

from rich.console import Console

from leastway.app.states import PlaceState, State
from leastway.cli.render.states import print_states, states_json
from leastway.compiler import Note
from leastway.estate import AuthMode, Place
from leastway.reconcile import ChangeAction

WELL = PlaceState(Place("111122223333"), State.AS_MEANT, None, {ChangeAction.NONE: 4})
UNKNOWN = PlaceState(Place("111122223333", "eu-central-1", "prod"), State.UNKNOWN, None, {}, "denied [request 1234-ab]")


def test_a_request_id_is_shown_and_is_no_markup() -> None:
    out = io.StringIO()
    print_states(Console(file=out, width=120), [WELL, UNKNOWN])
    assert "denied [request 1234-ab]" in out.getvalue()
    assert "as meant" in out.getvalue()
    assert "4 unchanged" in out.getvalue()


def test_a_mode_is_one_word_on_a_narrow_terminal() -> None:
    out = io.StringIO()
    counts = {ChangeAction.CREATE: 1, ChangeAction.UPDATE: 2, ChangeAction.NONE: 4}
    place = Place("111122223333", "eu-central-1", "a-cluster-with-a-long-name")
    print_states(Console(file=out, width=80), [PlaceState(place, State.DIFFERS, AuthMode.API_AND_CONFIG_MAP, counts)])
    assert "API_AND_CONFIG_MAP" in out.getvalue()


def test_as_json_it_says_whether_all_is_well_and_what_there_is_to_remark() -> None:
    remark = Note("platform", "a newer version is there")
    assert states_json([WELL], [])["clean"] is True
    found = states_json([WELL, UNKNOWN], [remark])
    assert found["clean"] is False
    assert [one["state"] for one in found["places"]] == ["as meant", "unknown"]
    assert found["notes"] == [{"where": "platform", "text": "a newer version is there", "unsafe": False}]
