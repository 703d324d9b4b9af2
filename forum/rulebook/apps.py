from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "forum.rulebook"
    label = "rulebook"
    verbose_name = "Policy"
