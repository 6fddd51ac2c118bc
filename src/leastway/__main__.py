"""`python -m leastway` is `leastway`."""

from leastway.cli import main

if __name__ == "__main__":
    main()
