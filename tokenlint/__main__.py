"""The command: run it, translate every error into one sentence and the documented exit code (floor 11)."""

from __future__ import annotations

import sys
from typing import Any


def run() -> None:
    """The console script `tokenlint` (also `tokenlint-scanner` and `python -m tokenlint`)."""
    sys.excepthook, sys.unraisablehook = _unexpected, _ignored
    if sys.argv[1:3] == ["agents", "guard"]:  # every tool call of an agent waits for it: without the command line's imports
        from tokenlint import guarding

        code = guarding.main(sys.argv[1:])
        if code is not None:
            sys.exit(code)
    from tokenlint.cli import main

    try:
        sys.exit(main(sys.argv[1:]))
    except Exception as error:  # in saying what went wrong; Python's own code would read as "violations"
        _unexpected(type(error), error, None)
        sys.exit(3)


def _unexpected(kind: type[BaseException], error: BaseException, place: object) -> None:
    """What nothing else has caught. Python would show the message, which may quote what was read."""
    said = "interrupted" if kind is KeyboardInterrupt else f"internal error ({kind.__name__}); please report it"
    sys.stderr.write(f"tokenlint: {said}\n")


def _ignored(unraisable: Any) -> None:
    """An error in something that is being cleared away, where Python goes on and shows the message, too."""
    sys.stderr.write(f"tokenlint: internal error ({unraisable.exc_type.__name__}) while clearing up; please report it\n")


if __name__ == "__main__":
    run()
