"""Members who did not count the karma bonus before it became one modifier of many go on not counting it."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = [("accounts", "0004_public_log_by_number")], [("accounts", "0005_friends_foes_and_modifiers")]


def members_at(targets):
    """The members as this version of the tables has them."""
    MigrationExecutor(connection).migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps.get_model("accounts", "User").objects


@pytest.mark.django_db(transaction=True)
def test_who_did_not_count_the_bonus_still_does_not_there_and_back():
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        members = members_at(BEFORE)
        for name, counts in (("Ada", True), ("Bob", False)):
            fields = {"name_key": name.lower(), "email": f"{name}@example.org"}
            members.create(username=name, counts_karma_bonus=counts, **fields)
        told = dict(members_at(AFTER).values_list("username", "modifiers"))
        assert told == {"Ada": {}, "Bob": {"bonus": 0}}
        told = dict(members_at(BEFORE).values_list("username", "counts_karma_bonus"))
        assert told == {"Ada": True, "Bob": False}
    finally:
        MigrationExecutor(connection).migrate(newest)
