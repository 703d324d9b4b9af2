from django.urls import path

from comments import views

urlpatterns = [
    path("~<str:name>/", views.member, name="member"),
    path("discussion/<int:pk>/news/", views.news, name="news"),
    path("comment/<int:pk>/edit/", views.edit, name="edit_comment"),
    path("comment/<int:pk>/history/", views.history, name="history"),
    path("comment/<int:pk>/delete/", views.delete_own, name="delete_comment"),
    path("drafts/", views.drafts, name="drafts"),
    path("drafts/<int:pk>/discard/", views.discard_draft, name="discard_draft"),
    path("archived/<int:pk>/", views.archived_person, name="archived_person"),
]
