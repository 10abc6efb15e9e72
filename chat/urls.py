from django.urls import path

from chat import (
    branch_views,
    export_views,
    feedback_views,
    import_views,
    instruction_views,
    kept_views,
    options,
    saved_prompts,
    search_views,
    turn_views,
    views,
)

app_name = "chat"

# /chat/
urlpatterns = [
    path("", views.home, name="home"),
    path("ask/", views.ask, name="ask"),
    path("chats/", views.chats, name="chats"),
    path("news/", turn_views.changes, name="news"),
    path("search/", search_views.search, name="search"),
    path("keys/", views.keys, name="keys"),
    path("options/<slug:kind>/", options.options, name="options"),
    path("import/", import_views.bring, name="import"),
    path("imports/", import_views.imports, name="imports"),
    path("instructions/", instruction_views.instructions, name="instructions"),
    path("prompts/", saved_prompts.prompts, name="prompts"),
    path("prompts/<uuid:prompt_id>/", saved_prompts.prompt, name="prompt"),
    path("<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("<uuid:conversation_id>/messages/", views.messages, name="messages"),
    path("<uuid:conversation_id>/rename/", views.rename, name="rename"),
    path("<uuid:conversation_id>/pin/", kept_views.pin, name="pin"),
    path("<uuid:conversation_id>/export.md", export_views.as_markdown, name="as_markdown"),
    path("<uuid:conversation_id>/export.json", export_views.as_json, name="as_json"),
    path("<uuid:conversation_id>/print/", export_views.printed, name="print"),
    path("<uuid:conversation_id>/keep/", kept_views.keep, name="keep"),
    path("<uuid:conversation_id>/archive/", kept_views.archive, name="archive"),
    path("<uuid:conversation_id>/delete/", kept_views.delete, name="delete"),
    path("<uuid:conversation_id>/restore/", kept_views.restore, name="restore"),
    path("messages/<uuid:message_id>/", views.message, name="message"),
    path("messages/<uuid:message_id>/in-chat/", search_views.in_chat, name="in_chat"),
    path("messages/<uuid:message_id>/text/", views.message_text, name="message_text"),
    path("messages/<uuid:message_id>/edit/", branch_views.edit, name="edit"),
    path("messages/<uuid:message_id>/show/", branch_views.show, name="show"),
    path("messages/<uuid:message_id>/retry/", views.retry, name="retry"),
    path("messages/<uuid:message_id>/feedback/", feedback_views.rating, name="feedback"),
    path("turns/<uuid:turn_id>/stream/", turn_views.stream, name="stream"),
    path("turns/<uuid:turn_id>/stop/", turn_views.stop, name="stop"),
]
