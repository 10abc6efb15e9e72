from typing import Any, cast

from django.urls import path

from chat.protocols.websocket import ChatConsumer

websocket_urlpatterns = [path("ws/chat/", cast(Any, ChatConsumer.as_asgi()))]
