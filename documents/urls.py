from django.urls import path

from documents import chosen_views, collection_views, detail_views, manage_views, views

app_name = "documents"

COLLECTION = "collections/<uuid:collection_id>"

# /documents/
urlpatterns = [
    path("", views.documents, name="list"),
    path("rows/", views.rows, name="rows"),
    path("upload/", views.upload, name="upload"),
    path("web-page/", chosen_views.web_page, name="web_page"),
    path("chosen/", chosen_views.chosen, name="chosen"),
    path("collections/new/", collection_views.new, name="collection_new"),
    path(f"{COLLECTION}/", collection_views.collection, name="collection"),
    path(f"{COLLECTION}/rename/", collection_views.rename, name="collection_rename"),
    path(f"{COLLECTION}/everyone/", collection_views.everyone, name="collection_everyone"),
    path(f"{COLLECTION}/searched/", collection_views.searched, name="collection_searched"),
    path(f"{COLLECTION}/share/", collection_views.share, name="collection_share"),
    path(
        f"{COLLECTION}/shares/<int:share_id>/remove/",
        collection_views.unshare,
        name="collection_unshare",
    ),
    path(f"{COLLECTION}/delete/", collection_views.delete, name="collection_delete"),
    path("<uuid:document_id>/", detail_views.detail, name="detail"),
    path("<uuid:document_id>/file/", detail_views.file, name="file"),
    path("<uuid:document_id>/retry/", views.retry, name="retry"),
    path("<uuid:document_id>/cancel/", views.cancel, name="cancel"),
    path("<uuid:document_id>/reingest/", views.reingest, name="reingest"),
    path("<uuid:document_id>/manage/", manage_views.manage, name="manage"),
    path("<uuid:document_id>/change/", manage_views.change, name="change"),
    path("<uuid:document_id>/versions/", manage_views.add_version, name="add_version"),
    path("<uuid:document_id>/restrict/", manage_views.restrict, name="restrict"),
    path("<uuid:document_id>/share/", manage_views.share, name="share"),
    path("<uuid:document_id>/shares/<int:share_id>/remove/", manage_views.unshare, name="unshare"),
    path("<uuid:document_id>/delete/", views.delete, name="delete"),
]
