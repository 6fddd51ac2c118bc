"""The supervisor: the process of one run, which is its gateway and starts its commands in sandboxes.

It is a fork of `forking`, or the program `python -P -m leastway.gateway.supervisor`, with an empty environment. The
first line that it reads is a `SupervisorStart` as JSON (`start_line`). It dials the server's control socket and does
what it is ordered:

| order | value | what it does |
|---|---|---|
| `run` | a `Command` | runs it in its sandbox, once for each name; a name that has ended is reported again |
| `interrupt`, `kill` | - | interrupts or kills the command that runs |
| `end` | - | ends the command and the process |

It reports `printed` (`{name}`, with the bytes), `ended` (`{name, code, ended}`, with captured output) and `failed`
(`{name, what}`).
"""

from leastway.gateway.supervisor.starting import Command, SupervisorStart, start_line

__all__ = ["Command", "SupervisorStart", "start_line"]
