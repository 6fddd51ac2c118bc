"""What can be done with a published audit log, without its server: verify, show, prove, copy."""
