from comments.models.comment import Comment, CommentText, Mark, Origin
from comments.models.discussion import Discussion

__all__ = ("Comment", "CommentText", "Discussion", "Mark", "Origin")
