from django.apps import AppConfig
from django.db.backends.signals import connection_created

from forum.drivers import read_times_of_sqlite, teach


class ForumConfig(AppConfig):
    name = "forum"

    def ready(self):
        read_times_of_sqlite()
        connection_created.connect(teach)
