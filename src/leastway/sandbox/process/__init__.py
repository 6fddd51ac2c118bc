"""The sandbox's own process: ministack behind a gateway, on one loopback port, in one event loop.

Only this package and `leastway.sandbox.gaps` import ministack, and only in the child process
`python -m leastway.sandbox.process`.
"""
