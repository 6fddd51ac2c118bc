"""One supervisor as a program: its standard input is its `SupervisorStart`, its standard error the server's log."""

from __future__ import annotations

import sys

from leastway.gateway.supervisor.beginning import begin, hide_memory

if __name__ == "__main__":
    hide_memory()
    sys.exit(begin(lambda: sys.stdin.buffer))
