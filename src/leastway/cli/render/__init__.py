"""Renders results as text and as JSON; it makes no decisions."""
