"""Database protocols, one module each: `rows(target)` runs one declared statement, read-only and with its time-out, and
gives rows; it raises `statements.Failure`. Drivers are imported by whoever asks, never before."""
