"""MCP servers in the admin: connected, read, and their tools looked at before they are used."""

from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join

from accounts.people.powers import BySuperusers, is_superuser
from aiapp.admin import DeletedTogether, ModelAdmin
from chat.models import McpServer
from chat.tools import mcp_servers, registry
from chat.tools.mcp import reviewing
from chat.tools.mcp.definitions import Definition

IN_USE, CHANGED, NEW, REFUSED = "in use", "changed since it was approved", "not approved", "refused"


class McpServerForm(forms.ModelForm):
    approve = forms.MultipleChoiceField(
        required=False,
        label="Tools in use",
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick what you have read above. A tool that its server describes in other words"
        " is out of use until it is ticked again.",
    )

    class Meta:
        model = McpServer
        fields = ("name", "url", "secret", "enabled", "reading")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        server: McpServer = self.instance
        if "approve" not in self.fields:
            return
        tools = [each for each in server.tools if state(server, each) != REFUSED]
        field: Any = self.fields["approve"]
        # By what was read, not by name: what is approved is what was shown.
        field.choices = [
            (each["pin"], f"{each['called']} ({state(server, each)})") for each in tools
        ]
        field.initial = [each["pin"] for each in tools if reviewing.is_usable(server, each)]


def state(server: McpServer, tool: Definition) -> str:
    if not tool.get("pin") or why_refused(tool):
        return REFUSED
    if reviewing.is_usable(server, tool):
        return IN_USE
    return CHANGED if tool["name"] in server.approved else NEW


def why_refused(tool: Definition) -> str:
    if not tool.get("pin"):
        return tool.get("refused") or "It was read by an earlier release. Read the tools again."
    if tool["called"] in registry.RESERVED:
        return "It would have the name of one of this site's own tools."
    return tool["refused"]


@admin.register(McpServer)
class McpServerAdmin(BySuperusers, DeletedTogether, ModelAdmin):
    """For superusers: whoever names an address has the site call it."""

    form = McpServerForm
    list_display = ("name", "url", "enabled", "count", "waiting", "error", "read_at")
    readonly_fields = ("describe_tools", "describe_itself", "error", "read_at")
    actions = ("read_tools",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = ("name", "url", "secret", "enabled", "reading")
        return (
            own
            if obj is None
            else (*own, "describe_tools", "approve", "describe_itself", "error", "read_at")
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def save_model(self, request: HttpRequest, obj: McpServer, form: Any, change: bool) -> None:
        if {"name", "url"} & set(form.changed_data):
            # What is known is another server's.
            obj.tools = []
        async_to_sync(mcp_servers.read)(obj)
        if change:
            reviewing.approve(obj, form.cleaned_data.get("approve", ()))
        self._save(request, obj)

    def response_add(
        self, request: HttpRequest, obj: McpServer, post_url_continue: str | None = None
    ) -> HttpResponse:
        answer = super().response_add(request, obj, post_url_continue)
        return redirect("admin:chat_mcpserver_change", obj.pk) if obj.tools else answer

    @admin.action(description="Read the tools of the selected servers again")
    def read_tools(self, request: HttpRequest, queryset: QuerySet[McpServer]) -> None:
        for server in queryset:
            async_to_sync(mcp_servers.read)(server)
            self._save(request, server)

    def _save(self, request: HttpRequest, server: McpServer) -> None:
        server.save()
        mcp_servers.forget()
        if server.error:
            messages.error(request, f"{server}: {server.error}")
        for tool in server.tools:
            if tool.get("marks"):
                messages.warning(
                    request, f"{server}: the description of {tool['name']} gives orders to models."
                )
        if waiting := self.waiting(server):
            messages.warning(
                request,
                f"{server}: {waiting} of its tools are not used before you have looked at them.",
            )

    @admin.display(description="tools in use")
    def count(self, server: McpServer) -> int:
        return sum(state(server, tool) == IN_USE for tool in server.tools)

    @admin.display(description="to look at")
    def waiting(self, server: McpServer) -> int:
        return sum(state(server, tool) in {CHANGED, NEW} for tool in server.tools)

    @admin.display(description="tools, as models are told of them")
    def describe_tools(self, server: McpServer) -> str:
        rows = [self._row(server, tool) for tool in server.tools]
        return format_html_join("", "{}", ((row,) for row in rows)) or "None."

    def _row(self, server: McpServer, tool: Definition) -> str:
        if not tool.get("pin"):
            return format_html("<p><b>{}</b>: {}</p>", tool.get("name", ""), why_refused(tool))
        marks = ", ".join(tool["marks"])
        remarks = [
            *([why_refused(tool)] if why_refused(tool) else []),
            *([f"It looks like orders to models ({marks}); each call asks."] if marks else []),
            *tool["notes"],
        ]
        difference = reviewing.tell_difference(server, tool)
        return format_html(
            "<details open><summary><b>{}</b>, {}</summary>{}{}<pre>{}</pre></details>",
            tool["called"],
            state(server, tool),
            format_html_join("", "<p>{}</p>", ((remark,) for remark in remarks)),
            format_html("<pre>{}</pre>", difference) if difference else "",
            reviewing.show(tool),
        )

    @admin.display(description="what it says of itself, which no model is told")
    def describe_itself(self, server: McpServer) -> str:
        return server.instructions or "Nothing."
