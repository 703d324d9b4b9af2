from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "forum.accounts"
    label = "accounts"
    verbose_name = "Members"
