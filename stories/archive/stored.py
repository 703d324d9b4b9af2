"""Articles as plain values: complete ones for a database, and the result of an import for whoever asks in JSON."""

from datetime import UTC, datetime
from typing import Any

from stories.archive.article import ArchivedComment, Article, BadArticle, Link, Paragraph

MOMENT = "%Y-%m-%dT%H:%M:%SZ"

ARTICLE_FIELDS = (
    *("id", "header", "title", "domain", "category", "zone", "editor", "dept"),
    *("fortune", "dateline", "title_line"),
)
COMMENT_FIELDS = (
    *("n", "heading", "author", "uid", "anonymous", "subscriber", "score", "reason"),
    *("truncated", "parent", "parent_status", "thread", "line"),
)


def as_stored(article: Article) -> dict[str, Any]:
    """Everything of the article in dicts, lists, strings, numbers and None; from_stored gives it back."""
    return {
        **{name: getattr(article, name) for name in ARTICLE_FIELDS},
        "published_utc": moment_text(article.published_utc),
        "warnings": [*article.warnings],
        **stored_body(article),
        "comments": [stored_comment(comment) for comment in article.comments],
    }


def stored_comment(comment: ArchivedComment) -> dict[str, Any]:
    return {**{name: getattr(comment, name) for name in COMMENT_FIELDS}, **stored_body(comment)}


def stored_body(found: Article | ArchivedComment) -> dict[str, list]:
    return {
        "paragraphs": [[*paragraph] for paragraph in found.paragraphs],
        "links": [[*link] for link in found.links],
    }


def from_stored(stored: dict[str, Any]) -> Article:
    """The article that as_stored was given."""
    return Article(
        **{name: stored[name] for name in ARTICLE_FIELDS},
        published_utc=datetime.strptime(stored["published_utc"], MOMENT).replace(tzinfo=UTC),
        warnings=tuple(stored["warnings"]),
        comments=tuple(comment_from(comment) for comment in stored["comments"]),
        **body_from(stored),
    )


def comment_from(stored: dict[str, Any]) -> ArchivedComment:
    return ArchivedComment(**{name: stored[name] for name in COMMENT_FIELDS}, **body_from(stored))


def body_from(stored: dict[str, Any]) -> dict[str, tuple]:
    return {
        "paragraphs": tuple(Paragraph(*paragraph) for paragraph in stored["paragraphs"]),
        "links": tuple(Link(*link) for link in stored["links"]),
    }


def moment_text(moment: datetime) -> str:
    """2025-04-20T15:34:00Z; years before 1000 keep their four digits, which strftime does not promise."""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


# -- The result of an import -----------------------------------------------------------------------------------------


def to_json(article: Article, path: str) -> dict[str, Any]:
    """One imported file. Paragraphs are [quote depth, text] without the gaps inside quotations."""
    return {
        "path": str(path),
        "outcome": "import",
        "error": None,
        "story": told_story(article),
        "comments": [told_comment(comment) for comment in article.comments],
        "warnings": [*article.warnings],
    }


def error_json(path: str, error: BadArticle) -> dict[str, Any]:
    """One refused file, in the same shape."""
    told = {"line": error.line, "message": error.message}
    return {"path": str(path), "outcome": "error", "error": told, "story": None, "comments": [], "warnings": []}


def told_story(article: Article) -> dict[str, Any]:
    """The header without the blanks around it; everything else as printed, published_utc as an ISO moment."""
    names = ("id", "title", "domain", "category", "dateline", "editor", "dept", "fortune")
    return {
        **{name: getattr(article, name) for name in names},
        "published_utc": moment_text(article.published_utc),
        "header_quote": article.header.strip(),
        **told_body(article),
    }


def told_comment(comment: ArchivedComment) -> dict[str, Any]:
    names = ("n", "subject", "author", "uid", "anonymous", "subscriber", "score", "reason", "truncated")
    names += ("parent", "parent_status")
    return {**{name: getattr(comment, name) for name in names}, **told_body(comment)}


def told_body(found: Article | ArchivedComment) -> dict[str, list]:
    shown = [[*paragraph] for paragraph in found.paragraphs if not paragraph.is_gap]
    return {"paragraphs": shown, "links": [[*link] for link in found.links]}
