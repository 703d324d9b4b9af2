from django.urls import path

from forum.accounts import views

urlpatterns = [
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/modifiers/", views.modifiers, name="modifiers"),
    path("accounts/sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("challenge.json", views.challenge, name="challenge"),
    path("~<str:name>/people/", views.people, name="people"),
    path("~<str:name>/relation/", views.relation, name="relation"),
]
