"""What carries out runs on this machine, made for the first run: sandboxes, supervisors, the control socket."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from leastway.errors import LeastwayError
from leastway.gateway.control import ControlServer
from leastway.gateway.proxy import Endpoint, Outside
from leastway.orchestrator.attempts import Attempts
from leastway.orchestrator.folders import make_passable_folder
from leastway.orchestrator.initialized import Initialized
from leastway.orchestrator.journal import Journal
from leastway.orchestrator.parts import OrchestratorParts
from leastway.orchestrator.preparing import Preparing
from leastway.orchestrator.settings import RunSettings
from leastway.orchestrator.source import Sources
from leastway.orchestrator.spawning import Supervisors
from leastway.orchestrator.states import StateBackend, StateVault
from leastway.orchestrator.trying import host_of
from leastway.orchestrator.work import TerraformWork
from leastway.orchestrator.workshop import Workshop
from leastway.terraform import check_programs

__all__ = ["Machinery", "check_ready", "make_machinery"]


@dataclass(frozen=True, slots=True)
class Machinery:
    """The work of runs, and what it holds."""

    work: TerraformWork
    attempts: Attempts
    control: ControlServer
    journal: Journal
    supervisors: Supervisors

    def say(self, run: str, text: str) -> None:
        """Add a line to a run's log, whether an attempt works here or not. Errors: LeastwayError."""
        attempt = self.attempts.find(run)
        (self.journal.of(run, 0) if attempt is None else attempt.journal).say("", text)

    def close(self) -> None:
        """Let go of every run: supervisors live on, and the next server finds them.

        The control socket is closed first: a supervisor that dialed again after its run was let go would be refused,
        and would end its command.
        """
        self.control.close()
        self.attempts.close()
        self.supervisors.close()
        self.journal.close()


def check_ready(settings: RunSettings) -> None:
    """Refuse runs that this machine could not carry out. Errors: LeastwayError that says what is missing."""
    make_passable_folder(settings.folder)
    host_of(settings)
    check_programs(settings.tools)


def _outside(settings: RunSettings) -> Outside:
    """Return the way to AWS: all of it is at one address in a rehearsal."""
    if settings.endpoint is None:
        return Outside(networks=settings.private_networks)
    parts, ca = urlsplit(settings.endpoint), settings.endpoint_ca
    port = parts.port or (80 if ca is None else 443)
    return Outside({"*": Endpoint(parts.hostname or "", port, ca, settings.pretended_address)})


def _usual_region(given: OrchestratorParts) -> str:
    """Return the region in which runs work that name none; a run says what is missing if there is none."""
    try:
        return given.region()
    except LeastwayError:
        return ""


def make_machinery(given: OrchestratorParts, settings: RunSettings) -> Machinery:
    """Make what carries out runs. Errors: LeastwayError."""
    make_passable_folder(settings.folder)
    host = host_of(settings)
    control = ControlServer(settings.folder / "control" / "socket", waits=True)
    journal = Journal(given.store, given.clock)
    supervisors = Supervisors(control.path, host, _outside(settings), settings.folder, _usual_region(given))
    vault = StateVault(given.store, given.custody)
    preparing = Preparing(given, journal, vault, StateBackend(vault))
    attempts = Attempts(
        given.store,
        settings.folder,
        control,
        preparing,
        lambda run, token: supervisors.start(run.id, token),
        settings.grace,
    )
    attempts.take_up()
    control.begin()
    work = TerraformWork(
        store=given.store,
        custody=given.custody,
        vault=vault,
        attempts=attempts,
        preparing=preparing,
        workshop=Workshop(host, settings),
        sources=Sources(host, settings),
        initialized=Initialized(settings),
    )
    return Machinery(work, attempts, control, journal, supervisors)
