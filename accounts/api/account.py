"""Tokens and the caller's own account."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import AfterValidator, StringConstraints

import aiapp
from accounts import audit
from accounts.credentials import tokens
from accounts.credentials.authentication import ApiAuth, caller
from accounts.credentials.validity import ANY
from accounts.limits import budgets, ledger
from accounts.limits.passwords import hash_in_turn
from accounts.limits.rate_limit import limit
from accounts.models import Budget, User
from accounts.names import UNREADABLE, count_key, find_account, has_controls
from accounts.people.sign_up import sign_up
from aiapp.api.notes import ID, Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db
from aiapp.errors import InvalidInput, NotAllowed, NotAuthenticated

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


EXAMPLE_TOKENS = {"access": "eyJhbGciOi…", "refresh": "eyJhbGciOi…"}


class UserOut(Schema):
    id: UUID
    username: str
    email: str


class UsageOut(Schema):
    """The tokens that answers have used since the beginning of the month (UTC), and their cost in
    US dollars.
    """

    since: datetime
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    money: float


class BudgetOut(Schema):
    """The budget until `resets`; without a number there is no limit.

    It is the user's own, or that of the group named, which its members use together.
    """

    group: str | None
    period: str
    tokens: int | None
    tokens_left: int | None
    money: float | None
    money_left: float | None
    resets: datetime


class MeOut(UserOut):
    """`budget` is the scarcest of `budgets`, or null; `release` is that of the site."""

    release: str
    usage: UsageOut
    budget: BudgetOut | None
    budgets: list[BudgetOut]


@router.post("/auth/register", response={201: UserOut}, operation_id="accounts_api_register")
@Note(
    request={"username": "ann", "email": "ann@example.org", "password": "a long sentence"},
    response={"id": ID, "username": "ann", "email": "ann@example.org"},
    errors=(403, 409),
)
async def register(request: HttpRequest, body: RegisterIn) -> Status[User]:
    """Make an account. 403 `registration_closed` where the administrator makes them."""
    return await hash_in_turn(_register, request, body)


def _register(request: HttpRequest, body: RegisterIn) -> Status[User]:
    if not settings.REGISTRATION_OPEN:
        raise NotAllowed("New accounts are made by the administrator.", code="registration_closed")
    limit(request, "sign-up")
    return Status(201, sign_up(body.username, body.email, body.password))


@router.post("/auth/token", response=Tokens, operation_id="accounts_api_sign_in")
@Note(
    request={"username": "ann", "password": "a long sentence"},
    response=EXAMPLE_TOKENS,
    errors=(401,),
)
async def sign_in(request: HttpRequest, body: SignInIn) -> tokens.Pair:
    """Takes the user name or the e-mail address."""
    return await hash_in_turn(_sign_in, request, body)


def _sign_in(request: HttpRequest, body: SignInIn) -> tokens.Pair:
    # Counted first, also where it is refused.
    limit(request, "sign-in", count_key(body.username))
    if has_controls(body.username):
        fields = [{"field": "username", "reason": "holds control characters"}]
        raise InvalidInput(str(UNREADABLE), code="validation_error", fields=fields)
    account = find_account(body.username)
    username = account.username if account else body.username
    user = authenticate(request, username=username, password=body.password)
    if not isinstance(user, User):
        raise NotAuthenticated("Name or password is wrong.", code="wrong_credentials")
    audit.record(audit.Action.TOKEN_ISSUED, user, request=request)
    return tokens.issue(user)


@router.post("/auth/token/refresh", response=Tokens, operation_id="accounts_api_refresh")
@Note(request={"refresh": "eyJhbGciOi…"}, response=EXAMPLE_TOKENS, errors=(401,))
def refresh(request: HttpRequest, body: RefreshIn) -> tokens.Pair:
    """A new pair of tokens; the old one ends. A token that comes back ends all of its family.

    For some seconds the same client may send it again, as two tabs do or a client whose answer
    got lost, and gets the same refresh token.
    """
    limit(request, "refresh")
    return tokens.rotate(body.refresh, client=request.headers.get("User-Agent", ""))


@router.post("/auth/token/revoke", response={204: None}, operation_id="accounts_api_revoke")
@Note(request={"refresh": "eyJhbGciOi…"}, errors=(401,))
def revoke(request: HttpRequest, body: RefreshIn) -> Status[None]:
    """End a refresh token and those made from it; access tokens run out by themselves."""
    limit(request, "refresh")
    tokens.revoke(body.refresh)
    return Status(204, None)


@router.get("/me", response=MeOut, auth=ApiAuth(ANY), operation_id="accounts_api_me")
async def me(request: HttpRequest) -> dict[str, Any]:
    """The caller, what they have used this month, and what they may still use."""
    return await in_db(_me, caller(request))


def _me(user: User) -> dict[str, Any]:
    since = ledger.period_start(Budget.Period.MONTH)
    used = ledger.sum_used_by(user, since)
    states = [_budget(state) for state in budgets.list_states(user)]
    return {
        **{name: getattr(user, name) for name in ("id", "username", "email")},
        "release": aiapp.__version__,
        "usage": {
            "since": since,
            "prompt_tokens": used.prompt_tokens,
            "completion_tokens": used.completion_tokens,
            "total_tokens": used.tokens,
            "money": float(used.money),
        },
        "budget": states[0] if states else None,
        "budgets": states,
    }


def _budget(state: budgets.State) -> dict[str, Any]:
    budget = state.budget
    return {
        "group": budget.group.name if budget.group else None,
        "period": budget.period,
        "tokens": budget.tokens,
        "tokens_left": state.tokens_left,
        "money": None if budget.money is None else float(budget.money),
        "money_left": None if state.money_left is None else float(state.money_left),
        "resets": state.resets,
    }
