"""`python -m benchmarks [NAME ...]`: run all benchmarks, or the named ones."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks

_NOT_BENCHMARKS = {"__main__", "grants", "load"}


def main() -> None:
    """Run each benchmark, with the first line of its docstring as the heading."""
    available = [
        module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in _NOT_BENCHMARKS
    ]
    for name in sys.argv[1:] or available:
        if name not in available:
            raise SystemExit(f"unknown benchmark {name!r}; available: {', '.join(available)}")
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"== {name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
        module.main()
        print(flush=True)


if __name__ == "__main__":
    main()
