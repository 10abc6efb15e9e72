"""Names and e-mail addresses of accounts. Both sign in, and neither minds upper and lower case."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User

# One sentence for both, so that a stranger does not learn whose address is known here.
TAKEN = _("This name or address is taken.")


def username_of(name: str) -> str:
    """The user name that belongs to an e-mail address; anything else as it is."""
    if "@" in name and "\x00" not in name:
        user = User.objects.filter(email__iexact=name).only("username").first()
        return user.username if user else name
    return name


def is_taken(*names: str, besides: User | None = None) -> bool:
    """Whether somebody has one of the names, as a user name or as an address.

    Both at once, since somebody who takes another's address for a user name would be found
    under it.
    """
    others = User.objects.exclude(pk=besides.pk) if besides else User.objects.all()
    match = Q()
    for name in names:
        match |= Q(username__iexact=name) | Q(email__iexact=name)
    return others.filter(match).exists()
