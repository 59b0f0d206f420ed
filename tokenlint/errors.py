"""What can go wrong, and the exit code that says so (floor 0).

    TokenlintError            2, 3 or 4: one sentence naming the place, the reason and the remedy
    ├── UsageError            2  a flag, an argument or a target that cannot be used
    ├── ConfigError           2  tokenlint.toml, a policy, an exception or a baseline
    ├── RuleError             2  a file in rules/ or one given by --rules
    ├── SourceError           3  a source that could not be read at all
    └── Refused               4  a request that the driver will not send

One file that cannot be read is a `Problem` in the report, and what is uncertain about a token is `Evidence`:
neither is an exception.
"""

from __future__ import annotations

import os
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, in the order in which the first that applies wins."""

    CLEAN = 0
    VIOLATIONS = 1
    USAGE = 2
    INCOMPLETE = 3
    LIVE_INCOMPLETE = 4
    INTERRUPTED = 130
    TERMINATED = 143


class TokenlintError(Exception):
    """Something the user can act on. The message never holds a credential."""

    exit = Exit.INCOMPLETE


class UsageError(TokenlintError):
    """A flag, an argument or a target that cannot be used."""

    exit = Exit.USAGE


class ConfigError(TokenlintError):
    """Configuration, policy, exceptions or baseline are not valid."""

    exit = Exit.USAGE


class RuleError(TokenlintError):
    """A rule file is not valid."""

    exit = Exit.USAGE


class SourceError(TokenlintError):
    """A source could not be read at all."""

    exit = Exit.INCOMPLETE


class Refused(TokenlintError):
    """The driver will not send a request: undeclared, another host, not named by the user."""

    exit = Exit.LIVE_INCOMPLETE


def system_reason(error: OSError) -> str:
    """Why the system refused, in the system's own words: the text that an error carries may be anybody's."""
    return os.strerror(error.errno) if error.errno else "input/output error"
