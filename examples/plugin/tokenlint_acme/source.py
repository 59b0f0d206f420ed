"""The source acme:NAME: configuration texts that lie in no file, here two that are made up on the spot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tokenlint.mint import mint
from tokenlint.model import Blob, Location, Problem, Skip


@dataclass(frozen=True)
class Texts:
    """A batch: small, picklable, opened where it is read."""

    names: tuple[str, ...]
    bytes: int = 100

    def read(self) -> Iterator[Blob | Skip | Problem]:
        for name in self.names:
            yield Blob(f"acme/{name}", f"token = {mint('acm_live_{32:alnum}')}\n".encode())


@dataclass(frozen=True)
class AcmeSource:
    target: str

    def batches(self) -> Iterator[Texts | Skip | Problem]:
        yield Texts(("service-a", "service-b"))

    def describe(self, locations: Sequence[Location]) -> list[Location]:
        return [replace(location, target=self.target) for location in locations]

    def problems(self) -> Sequence[Problem]:
        return ()

    def root(self) -> str | None:
        return None


def open_source(name: str) -> AcmeSource:
    return AcmeSource(f"acme:{name}")
