"""A form is saved and posted at the same moment: no draft stays behind, and no tab writes over another unseen."""

import pytest

from comments.actions import DraftChanged, prepare_words, save_draft
from comments.models import Comment, Draft
from comments.rules import Typed
from moderation.actions import take_part
from tests.crowd import at_the_same_moment, many
from tests.factories import NOW, a_discussion, a_member

pytestmark = pytest.mark.django_db(transaction=True)


def save(member, discussion, body, **form):
    typed = Typed(subject="A subject", body=body, markup="plain", **form)
    return lambda: save_draft(member=member, discussion=discussion, parent=None, typed=typed, now=NOW)


@pytest.mark.parametrize("is_anonymous", [True, False])
def test_what_is_posted_while_it_is_saved_leaves_no_draft(is_anonymous):
    member, discussion = a_member(), a_discussion()
    for number in range(many(60, on_sqlite=15)):
        body, key = f"Words {number}", f"key-{number}"
        words = prepare_words(subject="A subject", body=body, markup="plain")
        said = {"author": None if is_anonymous else member, "writer": member, "words": words, "form_key": key}

        def post(said=said):
            return take_part(discussion=discussion, parent=None, now=NOW, **said)

        saving = save(member, discussion, body, form_key=key)
        outcomes = at_the_same_moment(saving, post, saving)
        assert not [one for one in outcomes if isinstance(one, Exception)]
        assert not Draft.objects.exists()
    assert Comment.objects.count() == number + 1


def test_of_two_tabs_that_save_at_once_one_is_told():
    member = a_member()
    for number in range(many(60, on_sqlite=15)):
        discussion = a_discussion()
        tabs = [save(member, discussion, f"Words of {key}", form_key=f"{key}-{number}") for key in ("one", "another")]
        outcomes = at_the_same_moment(*tabs)
        assert sorted(isinstance(one, DraftChanged) for one in outcomes) == [False, True]
        Draft.objects.all().delete()
