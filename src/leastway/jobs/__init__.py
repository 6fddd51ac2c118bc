"""Durable work: procedures of named steps that continue where a killed process left them. The only home of DBOS.

An `Engine` keeps the results of finished steps in a SQLite file of its own, which one process at a time may use, or in
a PostgreSQL database that any number of processes share. On PostgreSQL, another process continues the work of one that
died (`leastway.jobs.executors`).

DBOS is imported when an engine is opened: the import takes half a second.
"""

from leastway.jobs.engine import Engine, Known, Workflow, open_database, open_file
from leastway.jobs.shared import SharedEngine

__all__ = ["Engine", "Known", "SharedEngine", "Workflow", "open_database", "open_file"]
