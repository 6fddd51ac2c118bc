"""Use cases on policies alone: decide a request, run test cases, compare two sets, lint files. No grant, no account."""
