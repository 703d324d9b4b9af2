"""What a member can do at each comment of a thread, as HTML: made here for the reason comments/fragments.py gives."""

from collections.abc import Callable
from html import escape

from django.template.loader import render_to_string

from comments.fragments import Layer, link_stem, no_controls
from comments.queries import CommentRow
from forum.scores import Taste
from moderation.queries.desk import Desk, may_moderate

NO_CHOICE = '<option value="">no</option>'


def reader_layer(*, member, desk: Desk | None, taste: Taste, new_after: int | None = None) -> Layer:
    """What this reader sees at comments beyond what everybody does; a visitor nothing."""
    if not member.is_authenticated:
        return Layer()
    people = {pk: word for pk, (word, _) in taste.people.items()}
    hides = {"hides_signatures": member.hides_signatures}
    return Layer(controls=_controls(desk), people=people, new_after=new_after, member_id=member.pk, **hides)


def _controls(desk: Desk | None) -> Callable[[CommentRow], str]:
    """Moderating, what was given already, and the way to flag a comment."""
    choice, stem = _choice_of(desk) if desk else no_controls, link_stem("comment")

    def controls(row: CommentRow) -> str:
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
