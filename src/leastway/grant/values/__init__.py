"""The types of the values in a grant, each with its rule, in its own module.

Each is an annotated string: pydantic checks it during validation, and the JSON Schema has its pattern for editors.
"""
