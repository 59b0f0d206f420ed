"""Where blobs come from: directories, file lists, stdin, the git index, git histories, processes' environments.

A `Source` runs in the parent process and hands out `Batch`es. A batch is small and picklable; it opens itself where it
is read, in a worker process or at home, so bytes do not cross a process boundary (stdin is the exception: its bytes
exist in the parent alone).

What a documented rule says not to read is a `Skip` (counted by reason, the scan stays complete); what should have been
read and was not is a `Problem` (the scan is incomplete). The reasons of skips are fixed words: `symlink`,
`special file`, `git objects`, `excluded`, `another file system`, `not ours`, `vanished`, `submodule`, `clean before`
(in the scan that `--resume` goes on with).

Paths are POSIX and relative to the target. A blob that comes from a git history is called `<object OID>`,
`<commit OID>` or `<tag OID>` until `describe` knows its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tokenlint.blob import Blob, Problem, Skip
    from tokenlint.model import Location


class Batch(Protocol):
    """References to some blobs; small, picklable, opened where they are read."""

    @property
    def bytes(self) -> int:
        """About how many bytes it holds, for balancing and progress."""

    def read(self) -> Iterator[Blob | Skip | Problem]:
        """The blobs, in a fixed order. One that is too large comes as overlapping windows, one `Blob` each, all with
        the same path (and oid); memory stays bounded by two windows."""


class Source(Protocol):
    """One target and how its blobs are found."""

    @property
    def target(self) -> str:
        """The target as the user named it."""

    def batches(self) -> Iterator[Batch | Skip | Problem]:
        """The batches, in a fixed order, with the skips and problems of the walk itself. Raises SourceError where
        the source cannot be read at all."""

    def describe(self, locations: Sequence[Location]) -> list[Location]:
        """The same locations, in the same order, with what is known of their places: `target`, `tracked`, `ignored`
        and `mode`; for histories `path`, `commit` and `reachable`. Called once, with the hits alone."""

    def problems(self) -> Sequence[Problem]:
        """What went wrong in `describe`."""

    def root(self) -> str | None:
        """The top level of the repository that the target lies in, None without one."""


__all__ = ["Batch", "Source"]
