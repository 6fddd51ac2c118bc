"""The work of a supervisor: it hears orders, keeps the run's gateway, and runs commands in sandboxes.

1. Nothing is signed before the server's first welcome, while it is lost, and after a kill (`RunSwitch`).
2. A server that does not return in time ends the run in order: the command is interrupted, then killed. The same holds
   for a lease that another attempt has, and at once for a server that does not know this run.
3. A command of one name runs once. What it prints while the server is lost is kept up to a limit, and told later.
4. An order that fails unexpectedly fails alone: the server is told what kind of error it was, the log has the rest.
5. The state's socket works in a killed run too: Terraform must be able to save what it has done.
6. The keys that the run holds are masked in what it prints, before anybody hears it.
7. The sandbox of the next command may be made while the one before runs (`ahead`); nothing of it runs before its order.
"""

from __future__ import annotations

import contextlib
import io
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from leastway.errors import LeastwayError, internal_error
from leastway.gateway.authority import RunTerms
from leastway.gateway.certificates import RunCa
from leastway.gateway.control import DialedAuthority, from_wire
from leastway.gateway.judging import Judge
from leastway.gateway.proxy import Proxy
from leastway.gateway.supervisor.ahead import Ahead
from leastway.gateway.supervisor.opening import open_gateway
from leastway.gateway.supervisor.starting import Command, SupervisorStart
from leastway.gateway.supervisor.state_relay import StateRelay
from leastway.gateway.switch import RunSwitch
from leastway.isolation import Beginning, Exit, Running, Sandbox, Stream
from leastway.primitives import Masker, Secret

__all__ = ["Supervisor"]

_log = logging.getLogger("leastway.gateway")

_PATIENCE = 15.0
"""Seconds that a call waits for a server that is lost."""
_ABANDONED = 120.0
"""Seconds without a server after which the run ends in order."""
_GRACE = 60.0
"""Seconds that an interrupted command has, when the supervisor ends by itself."""
_MOST_KEPT = 4 << 20
"""Bytes of reports that are kept for a server that is lost."""
_CA_FILE = "/tmp/leastway-gateway/ca.pem"  # noqa: S108  # in the sandbox's own memory


@dataclass(slots=True)
class _Known:
    """A command that was begun; `end` is its report, once it has one; `orders` came while its sandbox was made.

    `launched` is set when its sandbox was launched, or could not be.
    """

    launched: threading.Event = field(default_factory=threading.Event)
    running: Running | None = None
    end: tuple[str, dict[str, Any], bytes] | None = None
    orders: list[Callable[[Running], object]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, act: Callable[[Running], object]) -> None:
        """Do something to its sandbox, as soon as there is one."""
        with self.lock:
            if self.running is None and self.end is None:
                self.orders.append(act)
                return
            running = self.running
        if running is not None:
            act(running)

    def runs(self, running: Running) -> None:
        """Do what was ordered meanwhile."""
        with self.lock:
            self.running = running
        for act in self.orders:
            act(running)


class Supervisor:
    """One run. Everything that it is told returns at once; `supervise` does the work."""

    def __init__(self, start: SupervisorStart) -> None:
        self._start = start
        self._switch = RunSwitch()
        self._ca = RunCa(start.run)
        self._authority = DialedAuthority(start.control, start.run, start.token, self, patience=_PATIENCE)
        self._todo: queue.SimpleQueue[Callable[[], bool]] = queue.SimpleQueue()
        self._terms: RunTerms | None = None
        self._gateway: tuple[Judge, Proxy] | None = None
        self._state = StateRelay(self._authority)
        self._masker = Masker()
        self._commands: dict[str, _Known] = {}
        self._ahead = Ahead(start.host)
        self._begun: _Known | None = None
        self._threads: list[threading.Thread] = []
        self._kept: deque[tuple[str, dict[str, Any], bytes]] = deque()
        self._kept_bytes = 0
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._abandoned: threading.Timer | None = None
        self.adrift()  # a server that never comes is one that is lost

    def supervise(self) -> int:
        """Work until the server orders the end; return the exit code."""
        self._authority.start()
        while not self._done(self._todo.get()):
            pass
        self._end_commands()
        for thread in self._threads:
            thread.join()
        self._ahead.close()
        if self._gateway is not None:
            self._gateway[1].close()
        self._state.close()
        self._authority.close()
        self._switch.close()
        self._found()
        return 0

    @staticmethod
    def _done(order: Callable[[], bool]) -> bool:
        """Carry out an order; return whether it was the last one."""
        try:
            return order()
        except Exception:  # noqa: BLE001  # a bug in one order must not end the run without a word
            _log.exception("an order of the server could not be carried out")
            return False

    def welcomed(self, terms: RunTerms) -> None:
        """Take over the terms as they are now."""
        self._found()
        self._terms = terms
        self._switch.found()
        self._switch.phase(terms.phase)
        if terms.killed is not None:
            self._switch.killed(terms.killed)
        if terms.asleep is not None:
            self._switch.asleep(terms.asleep)
        else:
            self._switch.awake()

    def connected(self) -> None:
        """Tell what the server missed."""
        self._todo.put(self._tell_kept)

    def adrift(self) -> None:
        """Count the time without a server."""
        with self._lock:
            if self._abandoned is None:
                timer = threading.Timer(_ABANDONED, lambda: self._leave("the server did not return"))
                timer.daemon = True
                timer.start()
                self._abandoned = timer
        self._switch.adrift()

    def refused(self, reason: str) -> None:
        """End: the server does not know this run."""
        self._leave(reason)

    def lost_lease(self, reason: str) -> None:
        """End: another attempt works."""
        self._leave(reason)

    def killed(self, reason: str) -> None:
        """Sign nothing any more. The server interrupts the command itself."""
        self._switch.killed(reason)

    def asleep(self, reason: str) -> None:
        """Sign nothing for the moment."""
        self._switch.asleep(reason)

    def awake(self) -> None:
        """Sign again."""
        self._switch.awake()

    def phase(self, name: str) -> None:
        """Enter another phase."""
        self._switch.phase(name)

    def work(self, name: str, value: Any) -> None:
        """Take an order."""
        match name:
            case "run":
                self._todo.put(lambda: self._run(value))
            case "prepare":
                self._todo.put(lambda: self._prepare(value))
            case "interrupt":
                self._todo.put(lambda: self._each(lambda running: running.interrupt()))
            case "kill":
                self._todo.put(lambda: self._each(lambda running: running.kill()))
            case "end":
                self._todo.put(lambda: True)

    def _found(self) -> None:
        with self._lock:
            timer, self._abandoned = self._abandoned, None
        if timer is not None:
            timer.cancel()

    def _leave(self, reason: str) -> None:
        self._switch.killed(reason)
        self._authority.give_up()
        self._state.give_up()
        self._todo.put(lambda: True)

    def _tell_kept(self) -> bool:
        """Tell what was kept, once the channel is open again."""
        with self._lock:
            while self._kept and self._authority.report(*self._kept[0]):
                self._kept_bytes -= len(self._kept.popleft()[2])
        return False

    def _report(self, name: str, value: dict[str, Any], body: bytes = b"") -> None:
        """Tell the server, in order; keep what it does not hear."""
        with self._lock:
            if not self._kept and self._authority.report(name, value, body):
                return
            if name != "printed" or self._kept_bytes + len(body) <= _MOST_KEPT:
                self._kept.append((name, value, body))
                self._kept_bytes += len(body)

    def _run(self, value: Any) -> bool:
        name = str(value.get("name")) if isinstance(value, dict) else ""
        try:
            command = from_wire(Command, value)
            known = self._commands.get(command.name)
            if known is None:
                self._begin(command)
            elif known.end is not None:
                self._report(*known.end)
        except LeastwayError as error:
            self._fail(name, str(error))
        except Exception as error:  # noqa: BLE001  # the server waits for the end of this command
            _log.exception("command %s could not be begun", name)
            self._fail(name, internal_error(error).what)
        return False

    def _prepare(self, value: Any) -> bool:
        """Make the sandbox of a command that comes next; if that fails, its order will say why."""
        with contextlib.suppress(LeastwayError):
            command = from_wire(Command, value)
            self._start_thread("leastway-ahead", self._make, command, self._begun)
        return False

    def _make(self, command: Command, before: _Known | None) -> None:
        if before is not None:
            before.launched.wait()  # with the sandbox that waits, which this one would replace
        with contextlib.suppress(LeastwayError, OSError):
            self._ahead.make(self._sandbox_of(command))

    def _start_thread(self, name: str, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name=name)
        thread.start()
        self._threads.append(thread)

    def _fail(self, name: str, what: str) -> None:
        end = ("failed", {"name": name, "what": what}, b"")
        self._commands[name] = _Known(end=end)
        self._report(*end)

    def _begin(self, command: Command) -> None:
        self._switch.phase(command.phase)
        self._commands[command.name] = known = _Known()
        self._start_thread("leastway-command", self._carry_out, command, known)
        self._begun = known

    def _carry_out(self, command: Command, known: _Known) -> None:
        """Run one command to its end, on its own thread."""
        name = command.name
        captured = io.BytesIO()

        telling, masking = threading.Lock(), self._masker.stream()

        def printed(_stream: Stream, lines: list[str]) -> None:
            # The definition's secrets are masked by who hears it, who must not find one in two parts.
            texts = (each if isinstance(each, Beginning) else f"{each}\n" for each in lines)
            with telling:
                if told := masking.feed("".join(texts).encode()):
                    self._report("printed", {"name": name}, told)

        try:
            stdout = captured if command.is_captured else None
            with self._ahead.launch(self._sandbox_of(command), on_lines=printed, stdout=stdout) as running:
                known.launched.set()
                known.runs(running)
                ended = self._attended(running)
            known.end = ("ended", {"name": name, "code": ended.code, "ended": ended.ended.value}, captured.getvalue())
        except LeastwayError as error:
            known.end = ("failed", {"name": name, "what": str(error)}, b"")
        except Exception as error:  # noqa: BLE001  # a bug must end the command with a word, not leave the server waiting
            _log.exception("command %s failed", name)
            known.end = ("failed", {"name": name, "what": internal_error(error).what}, b"")
        finally:
            known.launched.set()
            known.running = None
        with telling:
            if told := masking.end():
                self._report("printed", {"name": name}, told)
        self._report(*known.end)

    def _attended(self, running: Running) -> Exit:
        """Serve the sandbox's sockets until it ends."""
        proxy = self._opened()[1] if running.sockets else None
        listeners = [each.dup() for each in running.sockets[:2]]  # closed by who listens; the others by `running`
        serving = list(zip((proxy, self._state), listeners, strict=False))
        for server, listener in serving:
            assert server is not None  # noqa: S101  # it is there if there is a socket
            server.listen(listener)
        try:
            return running.wait()
        finally:
            for server, listener in serving:
                assert server is not None  # noqa: S101
                server.stop(listener)

    def _opened(self) -> tuple[Judge, Proxy]:
        with self._opening:
            if self._gateway is None:
                assert self._terms is not None  # noqa: S101  # an order comes after a welcome
                self._gateway = open_gateway(
                    self._terms,
                    self._authority,
                    self._switch,
                    self._ca,
                    self._start.outside,
                    learn=self._masker.learn,  # no server that takes the run up knows its keys
                )
            return self._gateway

    def _sandbox_of(self, command: Command) -> Sandbox:
        """Return the sandbox with the run's keys and the gateway's variables."""
        sandbox = command.sandbox
        fields = self._fields() if command.credential_environment or command.credential_files else {}
        environment: dict[str, str | Secret] = dict(sandbox.environment)
        files = dict(sandbox.files)
        for variable, name in command.credential_environment.items():
            if name not in fields:
                raise LeastwayError(f"the credentials of this run have no field {name}", where=variable)
            environment[variable] = fields[name]
        for path in command.credential_files:
            for name, secret in fields.items():
                files[path] = files[path].replace(f"@{name}@".encode(), secret.reveal().encode())
        if sandbox.ports:
            proxy = f"http://127.0.0.1:{sandbox.ports[0]}"
            files[_CA_FILE] = self._ca.pem.encode()
            for name in ("HTTPS_PROXY", "https_proxy"):
                environment.setdefault(name, proxy)
            environment["AWS_CA_BUNDLE"] = _CA_FILE
            environment.setdefault("AWS_EC2_METADATA_DISABLED", "true")
        return replace(sandbox, environment=environment, files=files)

    def _fields(self) -> dict[str, Secret]:
        keys = self._opened()[0].surrogates.first.keys
        return {
            "AccessKeyId": Secret(keys.key_id),
            "SecretAccessKey": keys.secret,
            "SessionToken": keys.token or Secret(""),
        }

    def _each(self, act: Callable[[Running], object]) -> bool:
        for known in list(self._commands.values()):
            try:
                known.order(act)
            except Exception:  # noqa: BLE001  # the others are to be ended too; the server orders it again
                _log.exception("a command could not be interrupted or killed")
        return False

    def _end_commands(self) -> None:
        """Interrupt what runs, and kill it after the grace."""
        threads = []

        def stop(running: Running) -> None:
            threads.append(threading.Thread(target=running.stop, kwargs={"grace": _GRACE}))
            threads[-1].start()

        self._each(stop)
        for thread in threads:
            thread.join()
