from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Models can be imported from here on.
        from accounts import audit  # noqa: PLC0415

        audit.listen()
