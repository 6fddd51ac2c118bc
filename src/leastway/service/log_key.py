"""Changing the key that signs the audit logs.

1. No process of the server runs, or it would go on with the key from before.
2. The new key is stored, with an entry in the server's log.
3. Each log ends: its last entry, signed with the key from before, names the new one.
4. Each log's successor begins: its first entry has the last checkpoint of the log before it.
5. The key from before is deleted.

From step 2 on, the next start of a server or of this does what is missing.
"""

from __future__ import annotations

from leastway.audit import SERVER, Actor, Entry
from leastway.broker.logs import log_name
from leastway.errors import LeastwayError
from leastway.service.logs import add_log_key, open_logs
from leastway.service.server import data_folder, open_used_store
from leastway.service.settings import ServerSettings

__all__ = ["change_log_key"]


def change_log_key(settings: ServerSettings) -> dict[str, str]:
    """Change the key, and return the new verifier key of each log, by the log's name.

    Errors: InvalidInputError if there is no database; LeastwayError if a process of the server runs.
    """
    with open_used_store(settings) as (store, custody), data_folder(settings):
        member = store.join()
        try:
            if not member.was_alone:
                raise LeastwayError(
                    "another process uses the database", fix="stop every process of this server, then run it again"
                )
            with store.reading() as transaction:
                now = transaction.now
            add_log_key(store, custody, Entry(SERVER, now, Actor(), "audit-key.changed", log_name(SERVER)))
        finally:
            member.leave()
        with open_logs(settings.data, store, custody, lambda _: None) as logs:
            logs.ledger.nudge()
        with store.reading() as transaction:
            return {log_name(one): head.key for one, head in transaction.audit.heads().items()}
