"""Renders what the commands on audit logs found."""
