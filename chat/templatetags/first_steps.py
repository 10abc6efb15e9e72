"""*Get started* in the administration: what is left to do on a new site."""

from typing import Any

from django import template

from accounts.models import User
from aiapp.llm import registry
from chat.models import FirstSteps, Message, Origin
from documents.models import Document

register = template.Library()


@register.simple_tag
def list_first_steps(user: User) -> dict[str, Any] | None:
    """Return what a superuser has done of it; None once all is done, or nobody wants to see it."""
    if not user.is_superuser or FirstSteps.objects.filter(user=user).exists():
        return None
    done = {
        "connected": registry.is_connected(),
        "uploaded": Document.objects.exists(),
        "asked": Message.objects.filter(
            role=Message.Role.USER, origin=Origin.OWN, conversation__owner=user
        ).exists(),
    }
    return None if all(done.values()) else done
