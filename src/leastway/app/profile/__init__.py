"""Use cases on platform profiles."""
