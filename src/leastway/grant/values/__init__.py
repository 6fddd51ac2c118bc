"""The kinds of value that a grant is made of, each with its own rule, in a file of its own.

Each is an annotated string: pydantic checks it while it reads, and the JSON Schema shows its pattern to editors.
"""
