"""What stands between a request and a credential: the ledger that commits its audit entry, and the logs it is in."""
