"""Benchmarks that compare leastway with alternatives in the same run: `make bench`."""
