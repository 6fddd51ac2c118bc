"""`python -m benchmarks [NAME ...]`: run all benchmarks, or those named."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks

_NOT_BENCHMARKS = {"__main__", "grants"}


def main() -> None:
    """Run each module that has a `main`, with its first line of documentation as heading."""
    there = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in _NOT_BENCHMARKS]
    for name in sys.argv[1:] or there:
        if name not in there:
            raise SystemExit(f"no benchmark {name!r}; there are: {', '.join(there)}")
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"== {name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
        module.main()
        print(flush=True)


if __name__ == "__main__":
    main()
