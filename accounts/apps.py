from django.apps import AppConfig
from django.db.models.signals import post_delete


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Models can be imported from here on.
        from accounts import audit
        from accounts.credentials import memory
        from accounts.people import data_export

        audit.listen()
        memory.listen()
        post_delete.connect(data_export.delete_file, sender="accounts.DataExport")
