"""Tokens and the caller's own account."""

from typing import Annotated
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import AfterValidator, StringConstraints

from accounts import audit, tokens
from accounts.authentication import ApiAuth
from accounts.credentials import ANY
from accounts.models import User
from accounts.names import username_of
from accounts.rate_limit import limit
from accounts.sign_up import sign_up
from aiapp.errors import NotAllowed, NotAuthenticated
from aiapp.schemas import Strict

router = Router(tags=["accounts"])

Username = Annotated[str, StringConstraints(min_length=1, max_length=150, pattern=r"^[\w.@+-]+$")]
Password = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


def _email(value: str) -> str:
    try:
        validate_email(value)
    except ValidationError as error:
        raise ValueError("this is not an e-mail address") from error
    return value


Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]


class RegisterIn(Strict):
    username: Username
    email: Email
    password: Password


class SignInIn(Strict):
    username: Annotated[str, StringConstraints(min_length=1, max_length=254)]
    password: Password


class RefreshIn(Strict):
    refresh: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class Tokens(Schema):
    access: str
    refresh: str


class UserOut(Schema):
    id: UUID
    username: str
    email: str


@router.post("/auth/register", response={201: UserOut})
def register(request: HttpRequest, body: RegisterIn) -> Status[User]:
    if not settings.REGISTRATION_OPEN:
        raise NotAllowed("New accounts are made by the administrator.", code="registration_closed")
    limit(request, "sign-up")
    return Status(201, sign_up(body.username, body.email, body.password))


@router.post("/auth/token", response=Tokens)
def sign_in(request: HttpRequest, body: SignInIn) -> tokens.Pair:
    """Takes the user name or the e-mail address."""
    limit(request, "sign-in", body.username)
    username = username_of(body.username).replace("\x00", "")
    user = authenticate(request, username=username, password=body.password)
    if not isinstance(user, User):
        raise NotAuthenticated("Name or password is wrong.", code="wrong_credentials")
    audit.record(audit.Action.TOKEN_ISSUED, user, request=request)
    return tokens.issue(user)


@router.post("/auth/token/refresh", response=Tokens)
def refresh(request: HttpRequest, body: RefreshIn) -> tokens.Pair:
    limit(request, "refresh", rate=settings.REFRESH_RATE)
    return tokens.rotate(body.refresh)


@router.post("/auth/token/revoke", response={204: None})
def revoke(request: HttpRequest, body: RefreshIn) -> Status[None]:
    tokens.revoke(body.refresh)
    return Status(204, None)


@router.get("/me", response=UserOut, auth=ApiAuth(ANY))
async def me(request: HttpRequest) -> User:
    user: User = request.auth  # type: ignore[attr-defined]  # set by ninja from ApiAuth
    return user
