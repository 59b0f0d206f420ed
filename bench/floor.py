"""The floor: open and read every file below a folder with one process per processor, and do nothing.

python floor.py FOLDER
"""

from __future__ import annotations

import os
import sys


def files(folder: bytes) -> list[bytes]:
    """Every ordinary file below the folder."""
    found, stack = [], [folder]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    stack.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    found.append(entry.path)
    return found


def read(paths: list[bytes]) -> None:
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        while os.read(handle, 1 << 20):
            pass
        os.close(handle)


def main() -> None:
    paths = files(os.fsencode(sys.argv[1]))
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    children = []
    for number in range(count):
        child = os.fork()
        if child == 0:
            read(paths[number::count])
            os._exit(0)
        children.append(child)
    if any(os.waitpid(child, 0)[1] for child in children):
        sys.exit("a reader failed")


if __name__ == "__main__":
    main()
