"""Where quoted words come from: an index, so that 10,000 comments that quote each other take seconds.

Every quotation is looked up by its first letters in the texts that hold them. The work is counted in characters and
limited, so that no crafted file can keep the importer busy; what is not looked up is never called certain.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from forum import policy
from stories.archive.article import ArchivedComment, Article
from stories.archive.fold import folded, own_text

STORY, NOWHERE = 0, -1  # other places are the n of a comment
TOO_MUCH = "expected fewer repeated texts, found too many to look up each quotation; no parents are concluded from here"


@dataclass
class Shelf:
    """The folded texts by n (STORY for the story), which of them hold which beginnings, and the work left."""

    texts: dict[int, str]
    homes: dict[str, list[int]]
    work_left: int = field(default_factory=lambda: policy.ARCHIVE_QUOTE_WORK_MAX)
    gave_up_at: list[ArchivedComment] = field(default_factory=list)

    def holds(self, n: int, quotation: str) -> bool:
        self.work_left -= len(self.texts[n])
        return quotation in self.texts[n]


def locate_quotations(article: Article) -> tuple[dict[int, list[int]], list[tuple[int, str]]]:
    """For each comment that quotes: STORY, NOWHERE or the nearest earlier comment, for each of its quotations.

    Only quotations of the first depth and of policy.ARCHIVE_QUOTE_MIN letters or more, folded. And warnings.
    """
    quotations = {comment.n: [*quotations_of(comment)] for comment in article.comments}
    shelf = shelved(article, {beginning(text) for texts in quotations.values() for text in texts})
    sources = {
        comment.n: [source_of(text, comment, shelf) for text in quotations[comment.n]]
        for comment in article.comments
        if quotations[comment.n]
    }
    return sources, [(comment.line, TOO_MUCH) for comment in shelf.gave_up_at[:1]]


def quotations_of(comment: ArchivedComment) -> Iterator[str]:
    for paragraph in comment.paragraphs:
        text = folded(paragraph.text) if paragraph.depth == 1 else ""
        if len(text) >= policy.ARCHIVE_QUOTE_MIN:
            yield text


def beginning(quotation: str) -> str:
    return quotation[: policy.ARCHIVE_QUOTE_MIN]


def shelved(article: Article, wanted: set[str]) -> Shelf:
    """Put the texts on the shelf and note which hold a wanted beginning, in the order of the document."""
    shelf = Shelf({STORY: story_text(article)}, {})
    for comment in article.comments:
        shelf.texts[comment.n] = folded(own_text(comment.paragraphs))
    for n, text in shelf.texts.items():
        for held in beginnings_in(text, wanted):
            shelf.homes.setdefault(held, []).append(n)
    return shelf


def story_text(article: Article) -> str:
    paragraphs = (folded(paragraph.text) for paragraph in article.paragraphs)
    return "\n".join([folded(article.title), "".join(paragraphs)])


def beginnings_in(text: str, wanted: set[str]) -> set[str]:
    if not wanted:
        return set()
    size = policy.ARCHIVE_QUOTE_MIN
    return {text[at : at + size] for at in range(len(text) - size + 1)} & wanted


def source_of(quotation: str, comment: ArchivedComment, shelf: Shelf) -> int:
    """The story goes before: its words are everybody's. Else the nearest earlier comment that holds the words."""
    homes = shelf.homes.get(beginning(quotation), [])
    for place in story_first(homes, comment.n):
        if shelf.work_left < 0:
            shelf.gave_up_at.append(comment)
            return STORY
        if shelf.holds(homes[place], quotation):
            return homes[place]
    return NOWHERE


def story_first(homes: list[int], before: int) -> Iterator[int]:
    """Places in ``homes``: the story if it is there, then the comments earlier than ``before``, nearest first."""
    has_story = homes[:1] == [STORY]
    if has_story:
        yield 0
    yield from range(bisect_left(homes, before) - 1, -1 + has_story, -1)
