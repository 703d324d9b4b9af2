from django.urls import path
from django.views.decorators.http import require_safe

from moderation import views
from moderation.feeds import LogFeed

urlpatterns = [
    path("comment/<int:pk>/", views.comment, name="comment"),
    path("comment/<int:pk>/score/", views.score, name="score"),
    path("comment/<int:pk>/score.json", views.score_json, name="score_json"),
    path("reply/<int:discussion_id>/", views.reply, name="comment_on"),
    path("reply/<int:discussion_id>/<int:parent_id>/", views.reply, name="reply"),
    path("points/", views.points, name="points"),
    path("points.json", views.points_json, name="points_json"),
    path("karma/", views.karma, name="karma"),
    path("karma.json", views.karma_json, name="karma_json"),
    path("moderate/", views.desk, name="desk"),
    path("moderate/<int:discussion_id>/", views.moderate, name="moderate"),
    path("metamoderate/", views.metamoderate, name="metamoderate"),
    path("metamoderate/mine/", views.own_verdicts, name="own_verdicts"),
    path("waiting/", views.own_waiting, name="own_waiting"),
    path("moderation/<int:pk>/undo/", views.undo, name="undo_moderation"),
    path("comment/<int:pk>/flag/", views.flag, name="flag"),
    path("log/", views.log, name="log"),
    path("log/<int:pk>/", views.act, name="act"),
    path("log.atom", require_safe(LogFeed()), name="log_feed"),
    path("log.json", views.log_json, name="log_json"),
]
