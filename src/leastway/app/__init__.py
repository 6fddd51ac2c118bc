"""One function for each use case, typed in and out; the only place that wires adapters."""
