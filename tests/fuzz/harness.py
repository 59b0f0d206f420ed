"""Fuzzing a decoder with atheris: `python tests/fuzz/fuzz_jwt.py -runs=1000000`. Not collected by pytest.

A decoder fails by raising, or by taking longer than a second over one input.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

MOST_SECONDS = 1.0


def fuzz(
    modules: tuple[str, ...],
    judge: Callable[[bytes], object],
    seeds: tuple[bytes, ...] = (),
    warm: Callable[[], object] = lambda: None,
) -> None:
    """Run `judge` under atheris with the modules instrumented; `seeds` start the corpus, options come from argv. `warm`
    makes ready, once and outside of the time limit, what all inputs share."""
    import atheris

    with atheris.instrument_imports(include=list(modules)):
        for module in modules:
            importlib.import_module(module)
        warm()

    def one(data: bytes) -> None:
        started = time.process_time()  # others may be using the machine
        judge(data)
        if time.process_time() - started > MOST_SECONDS:
            raise RuntimeError(f"one input took longer than {MOST_SECONDS} s")

    arguments = [sys.argv[0], "-max_len=2048", "-timeout=5", *sys.argv[1:]]
    if seeds and not any(not a.startswith("-") for a in sys.argv[1:]):
        import tempfile

        folder = Path(tempfile.mkdtemp(prefix="tokenlint-fuzz-"))
        for number, seed in enumerate(seeds):
            (folder / str(number)).write_bytes(seed)
        arguments.append(str(folder))
    atheris.Setup(arguments, one)
    atheris.Fuzz()


def one_of(data: bytes, *judges: Callable[[bytes], object]) -> None:
    """Give the data to the judge that its first byte picks; what is no token to a judge is expected."""
    from tokenlint.codec.bounded import Malformed

    try:
        judges[data[0] % len(judges) if data else 0](data[1:])
    except Malformed:
        return


def credential(data: bytes, kind: str, **parts: str) -> Any:
    """The bytes as a credential's value."""
    from tokenlint.model import Credential, Secret

    return Credential(kind, Secret(data), parts)
