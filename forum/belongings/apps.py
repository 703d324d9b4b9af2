from django.apps import AppConfig


class BelongingsConfig(AppConfig):
    name = "forum.belongings"
    label = "belongings"
