"""The audit logs as transparency logs: positions, tiles, signed checkpoints, and the files that others read.

Each organization has a log, and the server has one. `Sequencer` gives pending entries their positions, `Records` keeps
the last published checkpoint outside the database, `LogKeeper` runs both, `LogFiles` answers for the files of
tlog-tiles, `LogCopies` writes them to a folder or a bucket, and `LogWitnesses` has checkpoints signed by others.
"""

from leastway.broker.logs.copies import LogCopies, LogPlace
from leastway.broker.logs.files import LogFiles
from leastway.broker.logs.keeper import LogKeeper
from leastway.broker.logs.records import SERVER_NAME, Record, Records, log_name
from leastway.broker.logs.sequencer import Sequenced, Sequencer, SignerOf, ended_logs
from leastway.broker.logs.witnesses import LogWitnesses

__all__ = [
    "SERVER_NAME",
    "LogCopies",
    "LogFiles",
    "LogKeeper",
    "LogPlace",
    "LogWitnesses",
    "Record",
    "Records",
    "Sequenced",
    "Sequencer",
    "SignerOf",
    "ended_logs",
    "log_name",
]
