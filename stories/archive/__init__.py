"""Archived articles: the text format of a Slashdot mirror, read, judged and written back. No database, no clock.

The door: everything outside this package uses only the names below. docs/import.md tells operators the same in words.
"""

from stories.archive.article import ArchivedComment, Article, BadArticle, Link, Paragraph
from stories.archive.files import list_files, read_file
from stories.archive.fold import folded_text
from stories.archive.identity import Change, Matching, match_comments
from stories.archive.merge import Merged, merge_articles
from stories.archive.reader import read_article
from stories.archive.stored import as_stored, error_json, from_stored, to_json
from stories.archive.writer import write_article

__all__ = (
    "ArchivedComment",
    "Article",
    "BadArticle",
    "Change",
    "Link",
    "Matching",
    "Merged",
    "Paragraph",
    "as_stored",
    "error_json",
    "folded_text",
    "from_stored",
    "list_files",
    "match_comments",
    "merge_articles",
    "read_article",
    "read_file",
    "to_json",
    "write_article",
)
