"""Whole lives of grants on an embedded AWS."""
