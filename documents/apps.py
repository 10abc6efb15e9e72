from django.apps import AppConfig
from django.db.models.signals import post_delete


class DocumentsConfig(AppConfig):
    name = "documents"

    def ready(self) -> None:
        # Models exist only now.
        from documents.deletion import file_goes_with_its_last_version  # noqa: PLC0415

        post_delete.connect(file_goes_with_its_last_version, sender="documents.Version")
