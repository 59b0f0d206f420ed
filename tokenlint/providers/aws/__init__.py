"""AWS: what a key id says by itself, and the conversation with STS and IAM that ends in powers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tokenlint.providers.aws.keys import decode

if TYPE_CHECKING:
    from tokenlint.flow import Flow
    from tokenlint.model import Credential


def inspect(credential: Credential, now: datetime) -> Flow:
    """The conversation of `conversation.inspect`, imported when there is one: an offline run reads key ids alone."""
    from tokenlint.providers.aws import conversation

    return conversation.inspect(credential, now)


__all__ = ["decode", "inspect"]
