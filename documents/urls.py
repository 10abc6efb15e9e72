from django.urls import path

from documents import detail_views, views

app_name = "documents"

# /documents/
urlpatterns = [
    path("", views.documents, name="list"),
    path("rows/", views.rows, name="rows"),
    path("upload/", views.upload, name="upload"),
    path("<uuid:document_id>/", detail_views.detail, name="detail"),
    path("<uuid:document_id>/file/", detail_views.file, name="file"),
    path("<uuid:document_id>/retry/", views.retry, name="retry"),
    path("<uuid:document_id>/cancel/", views.cancel, name="cancel"),
    path("<uuid:document_id>/reingest/", views.reingest, name="reingest"),
    path("<uuid:document_id>/delete/", views.delete, name="delete"),
]
