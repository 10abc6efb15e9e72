from django.apps import AppConfig
from django.db.models.signals import post_delete


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        # Models exist only now.
        from chat import response_cache  # noqa: PLC0415

        forget = response_cache.forget_what_was_deleted
        post_delete.connect(forget, sender="documents.Document")
        post_delete.connect(forget, sender="chat.Conversation")
