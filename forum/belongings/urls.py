from django.urls import path

from forum.belongings import views

urlpatterns = [
    path("account/export/", views.export, name="export"),
    path("account/erase/", views.erase, name="erase"),
    path("account/erase/cancel/", views.cancel, name="cancel_erasure"),
]
