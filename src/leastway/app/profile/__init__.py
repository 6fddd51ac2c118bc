"""`leastway profile`: one use case a file."""
