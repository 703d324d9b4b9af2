"""The saying at the foot of each page. Imported archives keep their own."""

from datetime import datetime

from forum import policy

FORTUNES = (
    "A thread is only as deep as the patience of the one who answers.",
    "The best comment is the one you decided not to post.",
    "He who moderates in haste posts in the same discussion at leisure.",
    "There are two hard things in a discussion: naming things, and agreeing who named them first.",
    "Your karma is a number. Your reputation is what people remember of it.",
    "In theory, theory and practice are the same. In the comments, neither is.",
    "First post is a race that nobody has ever won.",
    "Read at 5 and you will think the world is clever. Read at -1 and you will know it is large.",
    "An argument is a conversation that has forgotten its subject line.",
    "Documentation is a letter to a stranger who will be you.",
    "The plural of anecdote is thread.",
    "Every system is somebody's first and somebody's last.",
    "A backup is a promise. A restore is the truth.",
    "Never attribute to malice what a missing newline explains.",
    "The quickest way to find the right answer is to post the wrong one.",
    "Old discussions do not die; they are archived.",
)


def fortune_at(now: datetime) -> str:
    """One saying for everybody for a while, so that the same page asked for twice is the same page."""
    return FORTUNES[int(now.timestamp() // policy.FORTUNE_LASTS.total_seconds()) % len(FORTUNES)]
