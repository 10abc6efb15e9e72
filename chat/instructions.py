"""What a user wants every answer to heed (`chat.models.Instructions`)."""

from accounts.models import User
from chat.models import Instructions


def instructions_of(user: User) -> str:
    """Empty if there are none, or if they are switched off."""
    found = Instructions.objects.filter(owner=user, enabled=True)
    return found.values_list("text", flat=True).first() or ""
