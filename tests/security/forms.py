"""What people send to each address, as its page would send it."""

from comments.forms import new_form_key
from forum import policy
from forum.accounts.models import User
from stories.models import Section, Topic
from tests.security.addresses import Address
from tests.security.everything import Everything

SECRET, NEW_SECRET = "correct horse battery", "staple horse battery correct"
WORDS = {"subject": "Sent words", "body": "Sent words, and more of them.", "markup": "plain"}
INTERESTING = 6

# Forms that say nothing of any row. An address that is not here and not below is sent an empty one.
PLAIN = {
    "preferences": {
        **{"mode": "nested", "order": "oldest", "threshold": "1", "full_from": "3", "markup": "plain", "bio": "About"},
        **{"mail_replies": "on", "date_format": User._meta.get_field("date_format").default},
    },
    "modifiers": {"preset": next(iter(policy.READING_PRESETS))},
    "relation": {"kind": "foe"},
    "mark_read": {"notification": ""},
    "flag": {"kind": "spam", "words": "Sent words"},
    "act": {"words": "Sent words"},
    "metamoderate": {"draw": "1"},
    "comment_on": WORDS,
    "reply": WORDS,
    "edit_comment": WORDS | {"seen": "0"},
    "account_signup": {
        **{"username": "New Comer", "email": "new@example.org", "password1": NEW_SECRET, "password2": NEW_SECRET},
    },
    "account_login": {"login": "Mary", "password": SECRET},
    "account_email": {"email": "other@example.org", "action_add": ""},
    "account_change_password": {"oldpassword": SECRET, "password1": NEW_SECRET, "password2": NEW_SECRET},
    "account_reset_password": {"email": "mary@example.org"},
    "account_reauthenticate": {"password": SECRET},
    "undo_moderation": {"back": "desk"},
    "admin:accounts_user_act": {"reason": "Sent words"},
    "admin:comments_comment_act": {"reason": "Sent words"},
    "admin:comments_discussion_act": {"reason": "Sent words"},
    "admin:stories_story_act": {"reason": "Sent words"},
}


def form_for(address: Address, made: Everything, comment=None) -> dict:
    if address.name == "moderate":
        return {f"reason-{(comment or made.comments['answered']).pk}": str(INTERESTING)}
    if address.name == "desk":
        return {f"reason-{made.comments['answered'].pk}": str(INTERESTING)}
    if address.name in {"admin:stories_story_add", "admin:stories_story_change"}:
        return _story(made, is_new=address.name.endswith("add"))
    form = PLAIN.get(address.name, {})
    if address.name in {"comment_on", "reply"}:
        comment = comment or made.comments["shown"]
        return form | {"key": new_form_key(f"{comment.discussion_id}:{comment.pk if address.name == 'reply' else ''}")}
    return form


def _story(made: Everything, *, is_new: bool) -> dict:
    shelves = {"section": Section.objects.earliest("pk").pk, "topic": Topic.objects.earliest("pk").pk}
    seen = {} if is_new else {"seen_at": made.stories["open"].changed_at.isoformat()}
    words = {
        "title": "Sent words",
        "intro": "Sent words",
        "body": "",
        "markup": "html",
        "dept": "",
        "source_domain": "",
    }
    return words | shelves | seen | {"at_0": "", "at_1": ""}
