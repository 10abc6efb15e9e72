"""A user's instructions for every answer (`chat.models.Instructions`)."""

from accounts.models import User
from chat.models import Instructions


def instructions_of(user: User) -> Instructions:
    """The user's; empty ones if there are none yet."""
    return Instructions.objects.filter(owner=user).first() or Instructions(owner=user)
