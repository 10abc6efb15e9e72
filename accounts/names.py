"""Names and e-mail addresses of accounts. Both sign in, and neither minds upper and lower case."""

import unicodedata

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy

from accounts.lookalikes import fold, skeletons
from accounts.models import NameSkeleton, User

# How many accounts of older releases one sweep gives their skeletons.
SETTLED_AT_ONCE = 1000
MAX_NEAR = 20
_NO_WAY = 4
UNREADABLE = gettext_lazy("A name may not contain control characters.")


def has_controls(text: str) -> bool:
    return any(unicodedata.category(char) in {"Cc", "Cs"} for char in text)


def refuse_controls(text: str) -> None:
    """A validator: what no name can hold is refused, and never taken out of a name."""
    if has_controls(text):
        raise ValidationError(UNREADABLE, code="control_characters")


def find_account(text: str) -> User | None:
    """The account that a user name or an e-mail address signs in to."""
    user, is_meant = _find_nearest(text)
    return user if is_meant else None


def count_key(text: str) -> str:
    """Return the key that tries with this name or address count on: the account's, in any spelling.

    It is the account also for a text that only comes near, which the database might take for the
    same as the account's; for a name that nobody has, it is the name.
    """
    user, _ = _find_nearest(text)
    return f"account:{user.pk}" if user is not None else f"name:{fold(text)}"


def is_taken(*names: str, besides: User | None = None) -> bool:
    """Check whether somebody has one of the names, as a user name or as an address.

    Both at once, since somebody who takes another's address for a user name would be found
    under it.
    """
    others = User.objects.exclude(pk=besides.pk) if besides else User.objects.all()
    match = Q()
    for name in names:
        match |= Q(username__iexact=name) | Q(email__iexact=name)
    return others.filter(match).exists()


def settle_names() -> None:
    """Note how the names look of accounts that a release without skeletons has made."""
    for user in User.objects.filter(skeletons=None).only("pk", "username")[:SETTLED_AT_ONCE]:
        rows = [
            NameSkeleton(user=user, skeleton=each, inherited=True)
            for each in skeletons(user.username)
        ]
        NameSkeleton.objects.bulk_create(rows, ignore_conflicts=True)


def _find_nearest(text: str) -> tuple[User | None, bool]:
    """The account with this name or address, and whether it really is that.

    If not, it is one that a database of some locale might take for the same, or one whose name
    is this but for characters that cannot be seen.
    """
    plain, folded = unicodedata.normalize("NFKC", text).strip(), fold(text)
    if not folded:
        return None, False
    match = Q()
    for each in {text, plain, folded}:
        if not has_controls(each):
            match |= Q(username=each) | Q(username__iexact=each) | Q(email__iexact=each)
    found = User.objects.filter(match).order_by("pk")[:MAX_NEAR]
    ways = [(_way_of_writing(user, text, plain), user) for user in found]
    way, user = min(ways, key=lambda pair: pair[0], default=(_NO_WAY, None))
    return user, way < _NO_WAY


def _way_of_writing(user: User, text: str, plain: str) -> int:
    """Rank how a text names the account; of several accounts the lowest one is meant."""
    ways = (
        user.username == text,
        user.username == plain,
        _same(user.email, plain),
        _same(user.username, plain),
    )
    return ways.index(True) if any(ways) else _NO_WAY


def _same(one: str, other: str) -> bool:
    """As people compare, never as a database of some locale does."""
    return unicodedata.normalize("NFKC", one).casefold() == other.casefold()
