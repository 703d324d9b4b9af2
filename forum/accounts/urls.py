from django.urls import path

from forum.accounts import views

urlpatterns = [
    path("preferences/", views.preferences, name="preferences"),
]
