"""Making an account, from the page and from the API."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.names import TAKEN, is_taken
from aiapp.errors import Conflict, InvalidInput


def sign_up(username: str, email: str, password: str) -> User:
    """Raises InvalidInput for a weak password and Conflict for a name or address in use."""
    user = User(username=User.normalize_username(username), email=email.lower())
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), code="weak_password") from error
    user.set_password(password)
    if is_taken(user.username, user.email):
        raise _taken()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise _taken() from error
    return user


def _taken() -> Conflict:
    return Conflict(str(TAKEN), code="account_exists")
