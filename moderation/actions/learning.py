"""Learning what spam looks like here: from what staff decide, and from what stands unquestioned."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from comments.models import Comment
from forum import policy
from forum.retries import retried
from forum.text import words_said
from moderation.models import Held, Lesson, SpamWord


def learn(text: Comment | Held, *, is_spam: bool, now: datetime) -> bool:
    """Learn the words of a text as spam or as none, in the caller's transaction; False if it was known as that.

    Decided otherwise before, that lesson is forgotten first.
    """
    about = {"held": text} if isinstance(text, Held) else {"comment": text}
    known = Lesson.objects.select_for_update(no_key=True).filter(**about).first()
    if known and known.is_spam == is_spam:
        return False
    if known:
        _count(known.words, is_spam=known.is_spam, one=-1)
        Lesson.objects.filter(pk=known.pk).delete()
    html = text.html if isinstance(text, Held) else text.text.html
    words = sorted(words_said(html, policy.SPAM_WORDS_MAX, policy.SPAM_WORD_LENGTH))
    if words:
        Lesson.objects.create(**about, is_spam=is_spam, words=words, learned_at=now)
        _count(words, is_spam=is_spam, one=+1)
    return bool(words)


def forget_lesson(comment: Comment) -> None:
    """Let what was learned of a comment be forgotten with its words."""
    for known in Lesson.objects.filter(comment=comment):
        _count(known.words, is_spam=known.is_spam, one=-1)
    Lesson.objects.filter(comment=comment).delete()


def _count(words: list[str], *, is_spam: bool, one: int) -> None:
    SpamWord.objects.bulk_create([SpamWord(word=word) for word in words], ignore_conflicts=True)
    column = "spam" if is_spam else "other"
    # In one order, so that two who learn at once do not wait for each other.
    list(SpamWord.objects.select_for_update(no_key=True).filter(word__in=words).order_by("word").values_list("word"))
    SpamWord.objects.filter(word__in=words).update(**{column: F(column) + one})


@retried
@transaction.atomic
def learn_from_what_stands(*, now: datetime) -> int:
    """Learn comments as no spam that stood for days and that nobody flagged; returns how many."""
    since, until = now - policy.SPAM_LEARN_SINCE, now - policy.SPAM_LEARN_AGE
    known = Lesson.objects.exclude(comment=None).values("comment")
    standing = Comment.objects.filter(posted_at__gt=since, posted_at__lte=until, hidden_at=None, is_archived=False)
    chosen = standing.filter(flags=None, score__gte=0).exclude(pk__in=known).select_related("text").order_by("-pk")
    return sum(learn(one, is_spam=False, now=now) for one in chosen[: policy.SPAM_LEARNED_PER_RUN])
