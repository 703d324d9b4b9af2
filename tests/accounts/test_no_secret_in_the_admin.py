"""What signs members in is on no page of the admin."""

from django.apps import apps
from django.contrib import admin

SECRETS = ("mfa", "socialaccount", "usersessions", "sessions", "account")


def test_no_table_that_signs_members_in_is_listed():
    listed = {model for model in admin.site._registry if model._meta.app_label in SECRETS}
    assert not listed
    assert {model for name in SECRETS for model in apps.get_app_config(name).get_models()}
