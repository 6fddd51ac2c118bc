"""`leastway profile`: what its commands print."""
