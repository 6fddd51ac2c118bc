"""The rules over modules, one in a file."""
