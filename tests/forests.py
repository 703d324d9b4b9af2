"""Discussions of any shape, made in bulk: posting 100,000 comments one by one would take half an hour."""

from collections.abc import Callable

from comments import tree
from comments.actions import recount_discussion
from comments.models import Comment, CommentText, Discussion

AT_ONCE = 2_000  # rows


def plant(story, parents: list[int | None], *, first: int, columns: Callable[[int], dict], html: Callable[[int], str]):
    """Give a story a comment for each of ``parents``: comment n answers comment ``parents[n]``, or None: the story.

    Their numbers begin with ``first``; ``columns`` and ``html`` say the rest of each. Returns the story as it is then.
    """
    children: dict[int, list[int]] = {number: [] for number in range(len(parents))}
    trees: dict[int, int] = {}  # by the comment that begins it
    for number, parent in enumerate(parents):
        if parent is None:
            trees[number] = len(trees) + 1
        else:
            children[parent].append(number)
    places, tree_of, made = tree.number_trees(children, list(trees)), {}, []
    for number, parent in enumerate(parents):
        tree_of[number] = trees[number] if parent is None else tree_of[parent]
        root = tree.root_place(discussion_id=story.discussion_id, tree_number=tree_of[number])
        place = dict(zip(("lft", "rght", "level"), places[number], strict=True)) | {"tree_id": root.tree_id}
        above = None if parent is None else first + parent
        here = {"discussion": story.discussion, "subject": f"Number {number}"}
        made.append(Comment(pk=first + number, parent_id=above, **place, **here, **columns(number)))
    Comment.objects.bulk_create(made, batch_size=AT_ONCE)
    texts = [
        CommentText(comment=one, source="", markup="html", html=html(number), renderer=1)
        for number, one in enumerate(made)
    ]
    CommentText.objects.bulk_create(texts, batch_size=AT_ONCE)
    Discussion.objects.filter(pk=story.discussion_id).update(tree_count=len(trees))
    recount_discussion(story.discussion_id)
    story.refresh_from_db()
    return story
