"""The command: run it, translate every error into one sentence and the documented exit code (floor 11)."""

from __future__ import annotations

import sys


def run() -> None:
    """The console script `tokenlint` (also `tokenlint-scanner` and `python -m tokenlint`)."""
    if sys.argv[1:3] == ["agents", "guard"]:  # every tool call of an agent waits for it: without the command line's imports
        from tokenlint import guarding

        code = guarding.main(sys.argv[1:])
        if code is not None:
            sys.exit(code)
    from tokenlint.cli import main

    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
