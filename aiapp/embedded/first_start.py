"""Preparation of a database and the static files before the site can serve."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from aiapp import env
from aiapp.sql import release

STAMP = ".collected"


@dataclass(frozen=True)
class NewAdmin:
    username: str
    password: str  # empty when the user chose it


def migrate() -> bool:
    """Apply outstanding migrations; whether there were any. Raises NewerData."""
    release.check_age()
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def collect_static_files() -> bool:
    """Collect the static files if any of them changed since the last time."""
    digest = _static_digest()
    stamp = Path(settings.STATIC_ROOT) / STAMP
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=stamp.exists())
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest, encoding="ascii")
    return True


def _static_digest() -> str:
    digest = hashlib.sha256(f"{django.__version__} {settings.STORAGES['staticfiles']}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def check_admin_variables() -> None:
    """Refuse half a user before anything is started."""
    if env.text("DJANGO_SUPERUSER_USERNAME") and not env.text("DJANGO_SUPERUSER_PASSWORD"):
        raise ImproperlyConfigured(
            "DJANGO_SUPERUSER_USERNAME is set, so DJANGO_SUPERUSER_PASSWORD must be set too"
        )


def keep_password(admin: NewAdmin) -> Path:
    """Write a password that was made into a file for this account alone, and return its path."""
    file = _password_file()
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as kept:
        kept.write(f"{admin.username} {admin.password}\n")
    return file


def forget_password() -> None:
    """Delete the file once the password in it opens nothing any more."""
    file = _password_file()
    if file.exists():
        username, _, password = file.read_text(encoding="utf-8").strip().partition(" ")
        user = get_user_model()._default_manager.filter(username=username).first()
        if user is None or not user.check_password(password):
            file.unlink()


def _password_file() -> Path:
    return settings.DATA_DIR / "first_password"


def make_admin() -> NewAdmin | None:
    """The user named by DJANGO_SUPERUSER_…, or `admin` with a random password if there is none."""
    users = get_user_model()._default_manager
    username = env.text("DJANGO_SUPERUSER_USERNAME")
    if username:
        if users.filter(username=username).exists():
            return None
    elif users.filter(is_superuser=True).exists():
        return None
    password = env.text("DJANGO_SUPERUSER_PASSWORD") if username else secrets.token_urlsafe(12)
    name = username or "admin"
    try:
        users.create_superuser(
            username=name,
            email=env.text("DJANGO_SUPERUSER_EMAIL", f"{name}@localhost"),
            password=password,
        )
    except ValidationError as error:
        message = f"{name!r} cannot be the administrator's name: {' '.join(error.messages)}"
        raise ImproperlyConfigured(message) from error
    # The processes that are started after this one need not know it.
    os.environ.pop("DJANGO_SUPERUSER_PASSWORD", None)
    return NewAdmin(name, "" if username else password)
