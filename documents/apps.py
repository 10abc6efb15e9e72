from django.apps import AppConfig
from django.db.models.signals import post_delete


class DocumentsConfig(AppConfig):
    name = "documents"

    def ready(self) -> None:
        # Models exist only now.
        from accounts.people import data_export, deletion
        from documents import own_data
        from documents.files.deletion import file_goes_with_its_last_version
        from documents.recordings import jobs

        data_export.on_export(own_data.add_to_archive)
        deletion.on_leaving(own_data.take_away)
        post_delete.connect(jobs.file_goes_too, sender="documents.Transcription")
        post_delete.connect(file_goes_with_its_last_version, sender="documents.Version")
