"""An article in the format it came in, byte for byte: only the dateline is made anew."""

from collections.abc import Iterable, Iterator

from stories.archive.article import ArchivedComment, Article
from stories.archive.dateline import write_dateline
from stories.archive.grammar import BEFORE_TEXT, BETWEEN_PARTS


def write_article(article: Article) -> bytes:
    """The document in UTF-8 with LF, without a newline after the last line."""
    return "\n".join(document_lines(article)).rstrip("\n").encode()


def document_lines(article: Article) -> Iterator[str]:
    yield from spaced(front_lines(article))
    yield from BEFORE_TEXT[1:]
    yield from joined(paragraph.printed for paragraph in article.paragraphs)
    yield from BETWEEN_PARTS
    if article.links:
        yield from joined(link.printed for link in article.links)
        yield from BETWEEN_PARTS
    for comment in article.comments:
        yield from spaced(comment_lines(comment))
    if article.fortune is not None:
        yield article.fortune


def front_lines(article: Article) -> list[str]:
    title = article.title if article.domain is None else f"{article.title} ({article.domain})"
    dateline = write_dateline(article.published_utc, article.zone, article.category, article.editor, article.dept)
    return [f"News: {article.id}", article.header, title, dateline]


def comment_lines(comment: ArchivedComment) -> Iterator[str]:
    yield score_line(comment)
    yield author_line(comment)
    yield from (paragraph.printed for paragraph in comment.paragraphs)
    yield from (link.printed for link in comment.links)


def score_line(comment: ArchivedComment) -> str:
    reason = "" if comment.reason is None else f", {comment.reason}"
    return f"{comment.heading}(Score:{comment.score}{reason})"


def author_line(comment: ArchivedComment) -> str:
    number = "" if comment.uid is None else f" ( {comment.uid} )"
    return f"by {comment.author}{number}{' *' if comment.subscriber else ''}"


def spaced(lines: Iterable[str]) -> Iterator[str]:
    """Each line and a blank one after it."""
    for line in lines:
        yield line
        yield ""


def joined(lines: Iterable[str]) -> list[str]:
    """The lines with a blank one between any two."""
    return [*spaced(lines)][:-1]
