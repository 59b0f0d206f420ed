"""tokenlint: until when, allowed what, reachable by whom, and is that too much?"""

__version__ = "0.1.0"
