"""Making an account, from the page and from the API."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import TAKEN, User
from accounts.names import is_taken
from aiapp.errors import AppError, Conflict, InvalidInput


def sign_up(username: str, email: str, password: str) -> User:
    """Raises InvalidInput for a weak password or a name that no name may be, and Conflict for a
    name or address in use, or a name that looks like one.
    """
    user = User(username=User.normalize_username(username), email=email.lower())
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), code="weak_password") from error
    user.set_password(password)
    if is_taken(user.username, user.email):
        raise _make_taken_error()
    try:
        user.clean()
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise _make_taken_error() from error
    except ValidationError as error:
        raise _translate_error(error) from error
    return user


def _translate_error(error: ValidationError) -> AppError:
    if not hasattr(error, "error_dict"):
        return _make_taken_error()
    message = " ".join(error.messages)
    fields = [
        {"field": name, "reason": str(each.messages[0])}
        for name, errors in error.error_dict.items()
        for each in errors
    ]
    return InvalidInput(message, code="validation_error", fields=fields)


def _make_taken_error() -> Conflict:
    return Conflict(str(TAKEN), code="account_exists")
