"""Files that other tools load: each is self-contained and named by `tokenlint compat TOOL` (floor 9)."""
