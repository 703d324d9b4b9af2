"""Comments of an archive: put in many at once, in the archive's order, and brought up to a newer copy of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from comments import tree
from comments.actions.discussion import lock_discussion, number_new_trees, recount_discussion, renumber_discussion
from comments.models import Comment, CommentText, Discussion
from forum import text
from forum.accounts.models import ArchivedPerson, Markup


@dataclass(frozen=True, slots=True)
class ArchivedWords:
    """One comment as the archive has it. ``number`` and ``parent`` are numbers in the archive, from 1, in its order."""

    number: int
    parent: int | None
    author: ArchivedPerson | None
    subject: str
    source: str
    html: str
    score: int
    label: str
    mark: str
    is_cut_off: bool

    def columns(self) -> dict:
        """The comment's columns that the archive decides."""
        return {
            "archived_author": self.author,
            "subject": self.subject,
            "start_score": self.score,
            "start_label": self.label,
            "mark": self.mark,
            "is_cut_off": self.is_cut_off,
        }


@transaction.atomic
def insert_archived_comments(
    *, discussion: Discussion, words: Sequence[ArchivedWords], known: dict[int, Comment] | None = None
) -> dict[int, Comment]:
    """Add archived comments; returns the comment of each number, known ones included.

    ``known``: comments of the archive that are here already and that new ones may answer; then the caller ends with
    place_archived_comments, which puts the new ones between them.
    """
    discussion = lock_discussion(discussion.pk)
    places = _first_places(discussion, words)
    made, waiting = dict(known or {}), list(words)
    while waiting:  # parents before their replies, in layers, so that each layer is one statement
        ready = [said for said in waiting if said.parent is None or said.parent in made]
        comments = [_comment(discussion, said, made.get(said.parent), places[said.number]) for said in ready]
        made |= {said.number: one for said, one in zip(ready, _stored(comments), strict=True)}
        waiting = [said for said in waiting if said.number not in made]
    CommentText.objects.bulk_create([_text(said, made[said.number]) for said in words], batch_size=500)
    recount_discussion(discussion.pk)
    return made


def _first_places(discussion: Discussion, words: Sequence[ArchivedWords]) -> dict[int, tree.Place]:
    """Places in new trees, one for each comment whose parent is not among these words."""
    numbers = {said.number for said in words}
    children: dict[int, list[int]] = {}
    for said in words:
        if said.parent in numbers:
            children.setdefault(said.parent, []).append(said.number)
    roots = [said.number for said in words if said.parent not in numbers]
    marks, tree_of = tree.number_trees(children, roots), number_new_trees(discussion, roots, children)
    return {number: tree.Place(tree_of[number], *marks[number]) for number in numbers}


def _comment(discussion: Discussion, said: ArchivedWords, parent: Comment | None, place: tree.Place) -> Comment:
    return Comment(
        discussion=discussion,
        parent=parent,
        is_archived=True,
        score=said.score,
        label=said.label,
        tree_id=place.tree_id,
        lft=place.lft,
        rght=place.rght,
        level=parent.level + 1 if parent else 0,
        **said.columns(),
    )


def _stored(comments: list[Comment]) -> list[Comment]:
    return Comment.objects.bulk_create(comments, batch_size=500)


def _text(said: ArchivedWords, comment: Comment) -> CommentText:
    return CommentText(
        comment=comment, source=said.source, markup=Markup.PLAIN, html=said.html, renderer=text.RENDERER_VERSION
    )


def place_archived_comments(*, discussion: Discussion, order: Sequence[int]) -> None:
    """Number the discussion's trees so that the archive's comments stand in this order and local ones behind them.

    Only parents, ids and ``order`` decide, so it also mends trees whose numbers are wrong.
    """
    rank = {pk: place for place, pk in enumerate(order)}
    renumber_discussion(discussion.pk, lambda comment: (rank.get(comment.pk, len(rank)), comment.pk))


@transaction.atomic
def change_archived_comment(*, comment: Comment, said: ArchivedWords, parent: Comment | None) -> None:
    """Bring one archived comment up to a newer copy. Its score is left to the log, which begins at the start.

    The caller ends with place_archived_comments, which puts right what a changed parent means for the numbers.
    """
    columns = said.columns() | {"parent": parent, "level": parent.level + 1 if parent else 0}
    if parent is None and comment.parent_id:  # it begins a tree now, and no tree has two beginnings
        discussion = lock_discussion(comment.discussion_id)
        columns |= {"tree_id": number_new_trees(discussion, [comment.pk], {})[comment.pk]}
    Comment.objects.filter(pk=comment.pk).update(**columns)
    CommentText.objects.filter(comment=comment).update(
        source=said.source, html=said.html, renderer=text.RENDERER_VERSION
    )
