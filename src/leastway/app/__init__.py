"""The use cases of leastway, one typed function each; the only package that wires adapters."""
