from django.urls import path

from stories import views

urlpatterns = [
    path("", views.front, name="front"),
    path("section/<slug:slug>/", views.section, name="section"),
    path("topic/<slug:slug>/", views.topic, name="topic"),
    path("story/<int:pk>/", views.story, name="story_short"),
    path("story/<int:pk>/<slug:slug>/", views.story, name="story"),
]
