"""What a member can do at each comment of a thread, as HTML: made here for the reason comments/fragments.py gives."""

from collections.abc import Callable
from datetime import datetime
from html import escape

from django.template.loader import render_to_string

from comments.fragments import Layer, link_stem, no_controls
from comments.queries import CommentRow
from forum import policy
from forum.scores import Taste
from moderation.queries.desk import Desk, may_moderate

NO_CHOICE = '<option value="">no</option>'


def reader_layer(
    *, member, desk: Desk | None, taste: Taste, now: datetime, is_open: bool = False, new_after: int | None = None
) -> Layer:
    """What this reader sees at comments beyond what everybody does; a visitor nothing."""
    if not member.is_authenticated:
        return Layer()
    people = {pk: word for pk, (word, _) in taste.people.items()}
    own = _own_controls(now) if is_open else no_controls
    seen = {"people": people, "new_after": new_after, "hides_signatures": member.hides_signatures}
    return Layer(controls=_controls(desk, member.pk, own), member_id=member.pk, **seen)


def _own_controls(now: datetime) -> Callable[[CommentRow], str]:
    """What authors can do to their comments: change them for a while, and take them off."""
    stem, since = link_stem("comment"), now - policy.EDIT_WINDOW

    def controls(row: CommentRow) -> str:
        edit = f'<a href="{stem}{row.id}/edit/" rel="nofollow">Edit</a>' if row.posted_at > since else ""
        return f'{edit}<a href="{stem}{row.id}/delete/" rel="nofollow">Delete</a>'

    return controls


def _controls(desk: Desk | None, member_id: int, own: Callable[[CommentRow], str]) -> Callable[[CommentRow], str]:
    """Moderating, what was given already, and the way to flag a comment; at the own ones what authors can do."""
    choice, stem = _choice_of(desk) if desk else no_controls, link_stem("comment")

    def controls(row: CommentRow) -> str:
        if row.author_id == member_id:
            return own(row)
        return f'{choice(row)}<a href="{stem}{row.id}/flag/" rel="nofollow">Flag</a>'

    return controls


def _choice_of(desk: Desk) -> Callable[[CommentRow], str]:
    # The reasons are the same at every comment.
    reasons = NO_CHOICE + "".join(
        f'<option value="{number}">{escape(words)}</option>' for number, words in desk.choices
    )
    given = {pk: render_to_string("moderation/_choice.html", {"row": one}).strip() for pk, one in desk.own.items()}

    def choice(row: CommentRow) -> str:
        if row.id in given:
            return given[row.id]
        if not may_moderate(desk, row):
            return ""
        field = f'<select name="reason-{row.id}" form="moderate">{reasons}</select>'
        return f'<label class="moderate">Moderate {field}</label>'

    return choice
