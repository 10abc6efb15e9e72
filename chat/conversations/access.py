"""The only door to conversations, messages and turns. What is not yours does not exist."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from aiapp.errors import NotFound
from chat.conversations.withholding import withhold_batches
from chat.models import (
    Attachment,
    Batch,
    Call,
    ChatImport,
    ChatShare,
    Conversation,
    Folder,
    Message,
    SavedPrompt,
    Turn,
)


def conversations(user: User) -> QuerySet[Conversation]:
    """The user's conversations that are kept, the last active first."""
    return Conversation.objects.filter(owner=user, temporary=False, deleted=None)


def get_conversation(user: User, conversation_id: UUID) -> Conversation:
    found = Conversation.objects.filter(owner=user, id=conversation_id, deleted=None)
    conversation = found.first()
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return conversation


def deleted_conversation(user: User, conversation_id: UUID) -> Conversation | None:
    """One that was deleted and can still be brought back."""
    found = Conversation.objects.filter(owner=user, id=conversation_id, deleted__isnull=False)
    return found.first()


def get_message(user: User, message_id: UUID) -> Message:
    message = (
        Message.objects.filter(conversation__owner=user, conversation__deleted=None, id=message_id)
        .select_related("conversation", "turn", "feedback")
        .first()
    )
    if message is None:
        raise NotFound("There is no such message.")
    return message


def get_call(user: User, call_id: UUID) -> Call:
    """A tool's call, locked until the transaction ends: what comes of it is decided once."""
    call = _calls(user, call_id).select_for_update(of=("self",)).first()
    if call is None:
        raise NotFound("There is no such call.")
    return call


def message_of_call(user: User, call_id: UUID) -> UUID:
    message_id: UUID | None = _calls(user, call_id).values_list("message_id", flat=True).first()
    if message_id is None:
        raise NotFound("There is no such call.")
    return message_id


def _calls(user: User, call_id: UUID) -> QuerySet[Call]:
    return Call.objects.filter(
        id=call_id, message__conversation__owner=user, message__conversation__deleted=None
    )


def get_turn(user: User, turn_id: UUID) -> Turn:
    turn = (
        Turn.objects.filter(
            owner=user,
            message__conversation__owner=user,
            message__conversation__deleted=None,
            id=turn_id,
        )
        .select_related("message")
        .first()
    )
    if turn is None:
        raise NotFound("There is no such turn.")
    return turn


def folders(user: User) -> QuerySet[Folder]:
    """The user's folders of chats, by name."""
    return Folder.objects.filter(owner=user)


def get_folder(user: User, folder_id: UUID) -> Folder:
    folder = folders(user).filter(id=folder_id).first()
    if folder is None:
        raise NotFound("There is no such folder.")
    return folder


def shares(user: User) -> QuerySet[ChatShare]:
    """The user's links to chats that still open, the newest first."""
    alive = Q(expires=None) | Q(expires__gt=timezone.now())
    return ChatShare.objects.filter(alive, owner=user, conversation__deleted=None)


def get_share(user: User, link_id: UUID) -> ChatShare:
    found = shares(user).filter(id=link_id).first()
    if found is None:
        raise NotFound("There is no such link.")
    return found


def attachments(user: User) -> QuerySet[Attachment]:
    """The user's pictures: those that wait to be sent, and those of chats that are not deleted."""
    shown = Q(messages=None) | Q(messages__conversation__deleted=None)
    return Attachment.objects.filter(shown, owner=user).distinct()


def get_attachment(user: User, attachment_id: UUID) -> Attachment:
    found = attachments(user).filter(id=attachment_id).first()
    if found is None:
        raise NotFound("There is no such attachment.")
    return found


def batches(user: User) -> QuerySet[Batch]:
    """The user's batches, the newest first; to be shown by `withholding.withhold_batches`."""
    return Batch.objects.filter(owner=user)


def get_batch(user: User, batch_id: UUID) -> Batch:
    """As its owner may see it now; what it was made from is for its worker alone."""
    found = withhold_batches(user, batches(user).filter(id=batch_id))
    if not found:
        raise NotFound("There is no such batch.")
    return found[0]


def imports(user: User) -> QuerySet[ChatImport]:
    """The user's imports of chats, the newest first."""
    return ChatImport.objects.filter(owner=user)


def get_import(user: User, import_id: UUID) -> ChatImport:
    found = imports(user).filter(id=import_id).first()
    if found is None:
        raise NotFound("There is no such import.")
    return found


def prompts(user: User) -> QuerySet[SavedPrompt]:
    """The user's saved prompts, by title."""
    return SavedPrompt.objects.filter(owner=user)


def get_prompt(user: User, prompt_id: UUID) -> SavedPrompt:
    prompt = prompts(user).filter(id=prompt_id).first()
    if prompt is None:
        raise NotFound("There is no such prompt.")
    return prompt
