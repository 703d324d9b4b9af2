from django.urls import path

from comments import views

urlpatterns = [
    path("~<str:name>/", views.member, name="member"),
    path("archived/<int:pk>/", views.archived_person, name="archived_person"),
]
