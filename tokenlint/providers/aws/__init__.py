"""AWS: what a key id says by itself, and the conversation with STS and IAM that ends in powers."""

from tokenlint.providers.aws.conversation import inspect
from tokenlint.providers.aws.keys import decode

__all__ = ["decode", "inspect"]
