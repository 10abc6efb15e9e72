from django.apps import AppConfig
from django.db.models.signals import post_delete


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Models can be imported from here on.
        from accounts import audit  # noqa: PLC0415
        from accounts.credentials import memory  # noqa: PLC0415
        from accounts.people import data_export  # noqa: PLC0415

        audit.listen()
        memory.listen()
        post_delete.connect(data_export.delete_file, sender="accounts.DataExport")
