from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from tests.distribution import SLOW, TAKEN_APART, TOGETHER, FilesInOrder, rank_of, unit_of

ROOT = Path(__file__).parents[2]


def test_the_tests_of_a_file_stay_together_unless_it_is_taken_apart() -> None:
    assert unit_of("tests/unit/grant/test_load.py::test_a[b::c]") == "tests/unit/grant/test_load.py"
    assert unit_of("tests/integration/life/test_killed.py::test_a[b]").endswith("::test_a[b]")


def test_tests_that_share_api_servers_stay_together() -> None:
    units = {
        unit_of(f"tests/contract/kube/{name}") for name in ("test_tls.py::test_a[small]", "test_rbac.py::test_b[real]")
    }
    assert len(units) == 1
    real = (
        "test_commands.py::test_plan_apply_verify_and_offboard",
        "test_export_stacks.py::test_a",
        "test_owned.py::test_b",
    )
    assert len({unit_of(f"tests/integration/life/{name}") for name in real}) == 1
    assert unit_of("tests/contract/api/test_a.py::test_a") not in units


def test_deployments_with_processes_of_their_own_do_not_wait_for_the_others() -> None:
    folder = "tests/integration/deployments"
    own = {unit_of(f"{folder}/{name}.py::test_a") for name in ("test_killed", "test_together")}
    shared = {unit_of(f"{folder}/{name}.py::test_a") for name in ("test_deploying", "test_others", "test_stopped")}
    assert (len(own), len(shared), own & shared) == (1, 1, set())


def test_names_of_tests_that_stay_together_exist() -> None:
    for name in (name for together in TOGETHER for name in together):
        path, _, test = name.partition("::")
        found = list(ROOT.glob(f"{path.rstrip('/')}*"))
        assert found, name
        assert f"def {test.partition('[')[0]}(" in found[0].read_text() if test else True, name


def test_slow_folders_come_first() -> None:
    slow = ("integration/deployments", "integration/life", "contract", "integration/git")
    places = [f"tests/{folder}/test_x.py::test_y" for folder in slow]
    places += ["tests/properties/test_x.py::test_y", "tests/unit/test_x.py::test_y"]
    assert sorted(places, key=rank_of) == places


@dataclass(eq=False)
class Worker:
    """A worker that only notes what it is given."""

    gateway: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(id="gw0"))
    shutting_down: bool = False
    given: list[int] = field(default_factory=list)

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def test_a_unit_that_has_ended_is_forgotten() -> None:
    config = SimpleNamespace(getvalue=lambda _: ["popen"], option=SimpleNamespace(loadscopereorder=False))
    scheduler, worker = FilesInOrder(config), Worker()
    scheduler.add_node(worker)
    scheduler.add_node_collection(worker, [f"{file}.py::test_{n}" for file in "abcd" for n in range(2)])
    scheduler.schedule()
    assert list(scheduler.assigned_work[worker]) == ["a.py", "b.py"]
    for index in range(8):
        scheduler.mark_test_complete(worker, index)
    assert scheduler.assigned_work[worker] == {}
    assert worker.given == list(range(8))
    assert scheduler.tests_finished
    assert worker.shutting_down


def test_every_folder_that_is_named_exists() -> None:
    assert all((ROOT / folder).is_dir() for folder in (*SLOW, *TAKEN_APART))
