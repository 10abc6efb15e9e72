from django.apps import AppConfig
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        # Models exist only now.
        from accounts.people import data_export, deletion
        from chat import own_data
        from chat.endpoints import loading
        from chat.importing import uploads
        from chat.turns import forgetting, response_cache

        data_export.on_export(own_data.add_to_archive)
        deletion.on_leaving(own_data.take_away)

        post_delete.connect(uploads.file_goes_too, sender="chat.ChatImport")
        for sender in ("chat.Endpoint", "chat.EndpointModel"):
            post_save.connect(loading.tell_of, sender=sender)
            post_delete.connect(loading.tell_of, sender=sender)
        pre_save.connect(loading.note_new_name, sender="chat.EndpointModel")
        pre_delete.connect(loading.note_deletion, sender="chat.EndpointModel")
        m2m_changed.connect(loading.tell_of, sender="chat.EndpointModel_groups")

        forget = response_cache.forget_what_was_deleted
        post_delete.connect(forget, sender="documents.Document")
        post_delete.connect(forget, sender="chat.Conversation")
        # While its turns are still there.
        pre_delete.connect(forgetting.forget_logs, sender="chat.Conversation")
