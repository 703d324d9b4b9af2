from comments.models.comment import Comment, CommentText, Mark, Origin, Revision
from comments.models.discussion import Discussion
from comments.models.draft import Draft
from comments.models.visit import Visit

__all__ = ("Comment", "CommentText", "Discussion", "Draft", "Mark", "Origin", "Revision", "Visit")
