"""`manage.py first_admin`: make sure that somebody can sign in to the administration."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from aiapp.embedded import first_start


class Command(BaseCommand):
    help = (
        "Make the first administrator, named by DJANGO_SUPERUSER_USERNAME, …_EMAIL and …_PASSWORD;"
        " without them `admin` with a random password, which is kept in DATA_DIR/first_password"
        " until it has been changed. Does nothing when there is one."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            first_start.check_admin_variables()
            admin = first_start.make_admin()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        if admin is None:
            first_start.forget_password()
            self.stdout.write("There is already an administrator.")
        elif admin.password:
            file = first_start.keep_password(admin)
            self.stdout.write(f"Made the administrator {admin.username}; the password is in {file}")
        else:
            self.stdout.write(f"Made the administrator {admin.username}.")
