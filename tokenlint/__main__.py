"""The command: run it, translate every error into one sentence and the documented exit code (floor 11)."""

from __future__ import annotations

import sys


def run() -> None:
    """The console script `tokenlint` (also `tokenlint-scanner` and `python -m tokenlint`)."""
    from tokenlint.cli import main

    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
