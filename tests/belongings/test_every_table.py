"""No table is forgotten: whatever knows a member is taken along and erased, or it says here why not."""

import pytest
from django.apps import apps

from forum.accounts.models import User
from forum.belongings.queries import records_of
from tests.belongings.test_erasing_a_member import a_canary, erase
from tests.factories import a_member

STAYS = "stays under a name that names nobody"
GONE = "is deleted"
# column: (the file it is taken along in, or why it is not; what becomes of it when the member is erased)
COLUMNS = {
    "accounts.Ban.member": ("bans", STAYS),
    "accounts.KarmaChange.member": ("karma", STAYS),
    "accounts.Relation.member": ("friends_and_foes", GONE),
    "accounts.Relation.other": ("not: what others call the member is theirs, and public", GONE),
    "accounts.StaffAct.actor": ("my_acts_as_staff", STAYS),
    "account.EmailAddress.user": ("addresses", GONE),
    "mfa.Authenticator.user": ("second_factors", GONE),
    "socialaccount.SocialAccount.user": ("other_sign_ins", GONE),
    "usersessions.UserSession.user": ("sessions", GONE),
    "admin.LogEntry.user": ("my_acts_as_staff", STAYS),
    "belongings.Erasure.member": ("not: a wish of some days, shown on its page", GONE),
    "belongings.Export.member": ("not: the time of the last export", GONE),
    "comments.Comment.author": ("comments", STAYS),
    "comments.Draft.member": ("drafts", GONE),
    "comments.Visit.member": ("visits", GONE),
    "notifications.Notification.recipient": ("notifications", GONE),
    "moderation.Appeal.acted_by": ("not: an appeal is its appellant's", STAYS),
    "moderation.Appeal.appellant": ("appeals", STAYS),
    "moderation.Appeal.decided_by": ("my_acts_as_staff", STAYS),
    "moderation.BulkAct.member": ("acts_of_staff_on_me", STAYS),
    "moderation.BulkAct.proposed_by": ("my_acts_as_staff", STAYS),
    "moderation.BulkAct.seconded_by": ("my_acts_as_staff", STAYS),
    "moderation.Flag.member": ("flags", STAYS),
    "moderation.Held.author": ("waiting_comments", GONE),
    "moderation.MetaSitting.member": ("metamoderation", STAYS),
    "moderation.MetaVote.member": ("metamoderation", STAYS),
    "moderation.Moderation.author": ("moderations_received", STAYS),
    "moderation.Moderation.moderator": ("moderations_given", STAYS),
    "moderation.Moderator.member": ("moderator", STAYS),
    "moderation.PointEntry.member": ("mod_point_entries", STAYS),
    "moderation.PointGrant.member": ("mod_points", STAYS),
    "moderation.ReadHour.member": ("pages_read", GONE),
    "moderation.TokenEntry.member": ("tokens", STAYS),
    "stories.Story.editor": ("stories_edited", STAYS),
}
COLUMNS_OF_MEMBERS = [
    (f"{model._meta.app_label}.{model.__name__}.{field.name}", model, field)
    for model in apps.get_models()
    for field in model._meta.get_fields()
    if field.is_relation and field.concrete and not field.many_to_many and field.related_model is User
]


def test_every_column_that_names_a_member_has_its_line():
    assert {name for name, _, _ in COLUMNS_OF_MEMBERS} == set(COLUMNS)


@pytest.mark.django_db
def test_every_file_that_a_line_names_is_there():
    files = set(records_of(a_member()))
    named = {told for told, _ in COLUMNS.values() if not told.startswith("not: ")}
    assert named <= files
    # Three are about the member's own row, about what own comments said before, and about the records of staff, which
    # name their targets by number.
    assert files - named == {"account", "earlier_versions"} | ({"acts_of_staff_on_me"} - named)


@pytest.mark.django_db
def test_what_is_deleted_leaves_no_row():
    member = a_canary()
    erase(member)
    left = [
        name
        for name, model, field in COLUMNS_OF_MEMBERS
        if COLUMNS[name][1] == GONE and model._base_manager.filter(**{field.name: member}).exists()
    ]
    assert left == []
