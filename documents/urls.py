from django.urls import path

from documents.pages import collections, details, documents, management, selection

app_name = "documents"

COLLECTION = "collections/<uuid:collection_id>"

# /documents/
urlpatterns = [
    path("", documents.documents, name="list"),
    path("rows/", documents.rows, name="rows"),
    path("upload/", documents.upload, name="upload"),
    path("web-page/", selection.web_page, name="web_page"),
    path("chosen/", selection.change_selected, name="chosen"),
    path("collections/new/", collections.new, name="collection_new"),
    path(f"{COLLECTION}/", collections.collection, name="collection"),
    path(f"{COLLECTION}/rename/", collections.rename, name="collection_rename"),
    path(f"{COLLECTION}/everyone/", collections.everyone, name="collection_everyone"),
    path(f"{COLLECTION}/searched/", collections.set_searched, name="collection_searched"),
    path(f"{COLLECTION}/share/", collections.share, name="collection_share"),
    path(
        f"{COLLECTION}/shares/<int:share_id>/remove/",
        collections.unshare,
        name="collection_unshare",
    ),
    path(f"{COLLECTION}/delete/", collections.delete, name="collection_delete"),
    path("<uuid:document_id>/", details.detail, name="detail"),
    path("<uuid:document_id>/file/", details.file, name="file"),
    path("<uuid:document_id>/retry/", documents.retry, name="retry"),
    path("<uuid:document_id>/cancel/", documents.cancel, name="cancel"),
    path("<uuid:document_id>/reingest/", documents.reingest, name="reingest"),
    path("<uuid:document_id>/manage/", management.manage, name="manage"),
    path("<uuid:document_id>/change/", management.change, name="change"),
    path("<uuid:document_id>/versions/", management.add_version, name="add_version"),
    path("<uuid:document_id>/restrict/", management.restrict, name="restrict"),
    path("<uuid:document_id>/share/", management.share, name="share"),
    path("<uuid:document_id>/shares/<int:share_id>/remove/", management.unshare, name="unshare"),
    path("<uuid:document_id>/delete/", documents.delete, name="delete"),
]
