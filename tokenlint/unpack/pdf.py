"""The text of PDF files by page, through the extra `pdf`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from tokenlint.blob import Problem, Skip
from tokenlint.unpack.limits import Budget, Stop
from tokenlint.unpack.stream import Member
from tokenlint.unpack.text import text_member


def opened(member: Member) -> Iterator[Member | Skip | Problem]:
    """`file.pdf!/page 3`. The time limit is looked at with every drawing operator; one page that fails is a Problem."""
    try:
        import pypdf
    except ImportError:
        yield Skip(member.path, "pdf without the extra tokenlint-scanner[pdf]")
        return
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)  # its warnings quote the file
    file = member.reader.random_access()
    try:
        yield from _pages(pypdf.PdfReader(file, strict=False), member)
    except Stop:
        raise
    except Exception:  # pypdf raises whatever a malformed file leads it to
        yield Problem(member.path, "damaged pdf")


def _pages(reader: Any, member: Member) -> Iterator[Member | Skip | Problem]:
    if reader.is_encrypted and not reader.decrypt(""):
        yield Skip(member.path, "encrypted")
        return
    budget = member.reader.budget
    check = _check(budget)
    for number, page in enumerate(reader.pages, 1):
        budget.tick()
        try:
            text = page.extract_text(visitor_operand_before=check)
        except Stop:
            raise
        except Exception:  # pypdf raises whatever a malformed file leads it to
            yield Problem(f"{member.path}!/page {number}", "damaged pdf page")
            continue
        data = text.encode("utf-8", "replace")
        budget.spend(len(data))
        yield text_member(member, f"page {number}", "pdf", data)


def _check(budget: Budget) -> Any:
    def check(*_: Any) -> None:
        budget.tick()

    return check
