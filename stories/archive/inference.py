"""Who answers whom. The format lost the nesting; seven rules say what may be concluded, and nothing else is.

The rules and their evidence (348 comments whose true parents are known) are told in docs/import.md. They never name a
later comment, the comment itself, nor, without a quotation, a comment of another thread or one that would change the
order of the document.
"""

from dataclasses import dataclass, field, replace

from forum import policy
from stories.archive.article import ADJACENT, MISSING, QUOTED, SUBJECT, TOP, UNKNOWN, ArchivedComment, Article
from stories.archive.quotations import NOWHERE, locate_quotations

REPLY = "re:"


@dataclass
class Walk:
    """What is known on the way down the document.

    ``path``: the comments whose children the next one can be without changing the order, outermost first.
    ``opener``: the last comment with a subject of its own. ``threads``, ``depths``: by n. ``subjects``: the n last
    seen with a subject.
    """

    path: list[int] = field(default_factory=list)
    opener: int | None = None
    previous_is_opener: bool = False
    threads: dict[int, int | None] = field(default_factory=dict)
    depths: dict[int, int] = field(default_factory=dict)
    subjects: dict[str, int] = field(default_factory=dict)

    @property
    def thread(self) -> int | None:
        return None if self.opener is None else self.threads[self.opener]

    def is_open(self, n: int) -> bool:
        depth = self.depths[n]
        return depth < len(self.path) and self.path[depth] == n


def infer_places(article: Article) -> tuple[tuple[ArchivedComment, ...], list[tuple[int, str]]]:
    """The comments with parent, parent_status and thread; warnings (line, message). Linear but for quotations."""
    sources, warnings = locate_quotations(article)
    walk = Walk()
    placed = tuple(place(comment, sources.get(comment.n, []), walk) for comment in article.comments)
    return placed, warnings


def place(comment: ArchivedComment, sources: list[int], walk: Walk) -> ArchivedComment:
    """``sources``: where each quotation of 15 letters or more was found (0: the story, NOWHERE, or an n)."""
    parent, status = conclusion(comment, sources, walk)
    thread = thread_of(comment, parent, status, walk)
    take_step(comment, parent, thread, walk)
    return replace(comment, parent=parent, parent_status=status, thread=thread)


def conclusion(comment: ArchivedComment, sources: list[int], walk: Walk) -> tuple[int | None, str]:
    quoted = max(sources, default=0)
    if quoted > 0:
        return quoted, QUOTED  # rule 1, against any subject
    if not is_reply(comment):
        return own_subject(comment, walk)
    if walk.opener is None or NOWHERE in sources:
        return None, MISSING  # rules 3 and 4
    if named_subject(comment):
        return by_subject(comment, walk)
    if walk.previous_is_opener and quotes_nothing(comment):
        return comment.n - 1, ADJACENT  # rule 5
    return None, UNKNOWN  # rule 7


def own_subject(comment: ArchivedComment, walk: Walk) -> tuple[None, str]:
    """Rule 2. The source shows top-level comments of score 3 in full, so a cut one is a reply with a new subject."""
    if not (comment.truncated and comment.score == policy.ARCHIVE_FULL_TOP_LEVEL):
        return None, TOP
    return None, MISSING if walk.opener is None else UNKNOWN


def by_subject(comment: ArchivedComment, walk: Walk) -> tuple[int | None, str]:
    """Rule 6. Where the comment with that subject stands in another thread or was left, only the thread is told."""
    named = walk.subjects.get(named_subject(comment))
    if named is None:
        return None, MISSING
    if walk.threads[named] == walk.thread and walk.is_open(named):
        return named, SUBJECT
    return None, UNKNOWN


def is_reply(comment: ArchivedComment) -> bool:
    return comment.subject.casefold().startswith(REPLY)


def subject_key(subject: str) -> str:
    return " ".join(subject.casefold().split())


def named_subject(comment: ArchivedComment) -> str:
    """The X of ``Re:X``, comparable; "" for a bare ``Re:``."""
    key = subject_key(comment.subject)
    while key.startswith(REPLY):
        key = key[len(REPLY) :].lstrip()
    return key


def quotes_nothing(comment: ArchivedComment) -> bool:
    return not any(paragraph.depth for paragraph in comment.paragraphs)


def thread_of(comment: ArchivedComment, parent: int | None, status: str, walk: Walk) -> int | None:
    if status == TOP:
        return comment.n
    return walk.thread if parent is None else walk.threads[parent]


def take_step(comment: ArchivedComment, parent: int | None, thread: int | None, walk: Walk) -> None:
    """Go on below this comment. One without a parent stands in its place, directly under the thread's opener."""
    above = thread if parent is None else parent
    is_below = above is not None and above in walk.depths and walk.is_open(above)
    del walk.path[walk.depths[above] + 1 if is_below else 0 :]
    walk.depths[comment.n] = len(walk.path)
    walk.path.append(comment.n)
    walk.threads[comment.n] = thread
    walk.previous_is_opener = not is_reply(comment)
    if walk.previous_is_opener:
        walk.opener = comment.n
        walk.subjects[subject_key(comment.subject)] = comment.n
