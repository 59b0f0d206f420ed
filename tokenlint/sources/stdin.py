"""Standard input, to its end or for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from tokenlint.errors import system_reason
from tokenlint.model import Blob, Location, Problem
from tokenlint.sources.window import WINDOW, windows

NAME = "<stdin>"


@dataclass(frozen=True)
class StdinBatch:
    """One window, already read: a stream cannot be opened twice, so its bytes travel."""

    blob: Blob

    @property
    def bytes(self) -> int:
        return len(self.blob.data)

    @property
    def label(self) -> str:
        """What to call it where it is lost."""
        return self.blob.path

    def read(self) -> Iterator[Blob]:
        yield self.blob


@dataclass
class StdinSource:
    """A binary stream by windows, each as soon as it is full."""

    stream: BinaryIO
    target: str = "-"
    name: str = NAME
    window: int = WINDOW

    def batches(self) -> Iterator[StdinBatch | Problem]:
        try:
            for part in windows(self.stream.read, self.window):
                yield StdinBatch(Blob(self.name, part.data, line=part.line, column=part.column))
        except OSError as error:
            yield Problem(self.name, f"cannot be read to its end: {system_reason(error)}")

    def describe(self, locations: Sequence[Location]) -> list[Location]:
        return [replace(location, target=self.target) for location in locations]

    def problems(self) -> Sequence[Problem]:
        return ()

    def root(self) -> str | None:
        return None
