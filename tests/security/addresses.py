"""Every address of the site, as the site itself knows them: a new one is walked to by every test that walks here."""

from collections.abc import Iterator
from dataclasses import dataclass

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.urls import URLPattern, get_resolver, reverse

from tests.security.everything import Everything, admin_models


@dataclass(frozen=True)
class Address:
    """One pattern of an address: its name with its namespace, and the pattern itself."""

    name: str
    route: str


def every_address() -> list[Address]:
    return list(_walk(get_resolver().url_patterns))


def _walk(patterns, route="", space="") -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Address(space + (pattern.name or here), here)
        else:
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, here, inner)


# Addresses that lead to one thing: what goes into them, for what is in one of the states of tests.security.everything.
OF_A_COMMENT = {
    "comment": lambda comment: [comment.pk],
    "score": lambda comment: [comment.pk],
    "score_json": lambda comment: [comment.pk],
    "flag": lambda comment: [comment.pk],
    "edit_comment": lambda comment: [comment.pk],
    "history": lambda comment: [comment.pk],
    "delete_comment": lambda comment: [comment.pk],
    "reply": lambda comment: [comment.discussion_id, comment.pk],
}
OF_A_DISCUSSION = {
    "news": lambda comment: [comment.discussion_id],
    "comment_on": lambda comment: [comment.discussion_id],
    "moderate": lambda comment: [comment.discussion_id],
    "story_short": lambda comment: [comment.discussion.story.pk],
    "story": lambda comment: [comment.discussion.story.pk, comment.discussion.story.slug],
}
IN_STATES = OF_A_COMMENT | OF_A_DISCUSSION


NOBODYS = 404  # the number of no passkey: tests/browser makes real ones


def _reset_key(made: Everything) -> list[str]:
    member = made.people["member"]
    return [user_pk_to_url_str(member), default_token_generator.make_token(member)]


OF_ONE_THING = {
    "section": lambda made: [made.stories["open"].section.slug],
    "topic": lambda made: [made.stories["open"].topic.slug],
    "member": lambda made: [made.people["author"].username],
    "people": lambda made: [made.people["author"].username],
    "relation": lambda made: [made.people["author"].username],
    "discard_draft": lambda made: [_first("comments", "Draft").pk],
    "archived_person": lambda made: [_first("accounts", "ArchivedPerson").pk],
    "undo_moderation": lambda made: [made.comments["shown"].moderations.get().pk],
    "act": lambda made: [_act_of_hiding(made).pk],
    "account_confirm_email": lambda made: ["no-such-key"],
    "account_reset_password_from_key": _reset_key,
    "end_session": lambda made: [_first("usersessions", "UserSession").pk],
    "mfa_remove_webauthn": lambda made: [NOBODYS],
    "mfa_edit_webauthn": lambda made: [NOBODYS],
    "openid_connect_login": lambda made: ["nobody"],
    "openid_connect_callback": lambda made: ["nobody"],
    "admin:view_on_site": lambda made: [_kind_of_comments().pk, made.comments["shown"].pk],
    "admin:app_list": lambda made: ["comments"],
    "admin:moderation_bulkact_propose": lambda made: ["hide-newest", made.people["author"].pk],
}


def _first(app: str, model: str):
    from django.apps import apps

    return apps.get_model(app, model).objects.earliest("pk")


def _kind_of_comments():
    from django.contrib.contenttypes.models import ContentType

    from comments.models import Comment

    return ContentType.objects.get_for_model(Comment)


def _act_of_hiding(made: Everything):
    from forum.accounts.models import StaffAct

    return StaffAct.objects.on(made.comments["hidden"]).get(verb="hide")


def places(made: Everything) -> dict[Address, str]:
    """One place to stand at for each address; raises KeyError for one that nobody has taught this module."""
    rows = {f"admin:{model._meta.app_label}_{model._meta.model_name}": made.row_of(model) for model in admin_models()}
    return {address: _place(address, made, rows) for address in every_address()}


def place_of(address: Address, comment) -> str:
    """Where an address leads for this comment, or for the discussion it stands in."""
    return reverse(address.name, args=IN_STATES[address.name](comment))


def _place(address: Address, made: Everything, rows: dict) -> str:
    name = address.name
    if name in IN_STATES:
        return place_of(address, made.comments["shown"])
    if name in OF_ONE_THING:
        return reverse(name, args=OF_ONE_THING[name](made))
    if address.route == "admin/(?P<url>.*)$":
        return "/admin/nothing/here/"
    if address.route.endswith("/<path:object_id>/"):  # the admin's old addresses of rows
        return "/" + address.route.replace("<path:object_id>", "1")
    if name == address.route:
        return f"/{name}"
    desk, _, what = name.rpartition("_")
    if desk in rows and what in {"history", "delete", "change"}:
        return reverse(name, args=[rows[desk].pk])
    if desk in rows and what == "act":
        return reverse(name, args=[rows[desk].pk, _first_act(name)])
    return reverse(name)


def _first_act(name: str) -> str:
    """An act that staff may do here; where there is none, one that does not exist."""
    from django.contrib import admin

    for model, desk in admin.site._registry.items():
        if name == f"admin:{model._meta.app_label}_{model._meta.model_name}_act":
            return next((act.name for act in getattr(desk, "acts", ())), "nothing")
    return "nothing"
