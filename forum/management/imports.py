"""What import_seeds does with each file and says about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import Error as DatabaseProblem
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from stories.actions import Imported, import_raw
from stories.archive import Article, BadArticle, error_json, list_files, read_file, to_json


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file: the article and what was done with it, or why it was refused."""

    path: Path
    article: Article | None = None
    imported: Imported | None = None
    error: BadArticle | None = None

    def line(self) -> str:
        """One line about a file that went in; empty for a refused one."""
        if self.error:
            return ""
        done = self.imported
        return f"{self.path}: {done.story}, {done.comments_new} comments new, {done.comments_changed} changed"

    def complaints(self) -> list[str]:
        """One line ``path:line: words`` for the refusal or for each warning."""
        if self.error:
            return [f"{self.path}:{self.error.line}: {self.error.message}"]
        return [f"{self.path}:{warning}" for warning in self.imported.warnings]

    def as_json(self) -> dict[str, Any]:
        if self.error:
            return error_json(str(self.path), self.error)
        return to_json(self.article, str(self.path)) | {"warnings": list(self.imported.warnings)}


def import_files(paths: Iterable[str], *, encoding: str, zone: str, dry_run: bool) -> Iterator[FileResult]:
    """Import file by file; each stands alone. A progress bar on a terminal, nothing elsewhere."""
    files = list_files(paths)
    console = Console(stderr=True)
    for path in track(files, "Importing", console=console, disable=not console.is_terminal, transient=True):
        yield _import_file(path, encoding=encoding, zone=zone, dry_run=dry_run)


def _import_file(path: Path, **how) -> FileResult:
    try:
        article, imported = import_raw(raw=read_file(path), now=timezone.now(), **how)
    except BadArticle as error:
        return FileResult(path, error=error)
    except DatabaseProblem as problem:
        words = " ".join(str(problem).split())
        return FileResult(path, error=BadArticle(1, f"expected a database that takes this story, found: {words}"))
    return FileResult(path, article, imported)


@dataclass
class Tally:
    """The summary at the end."""

    dry_run: bool
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    comments_new: int = 0
    comments_changed: int = 0
    refused: int = 0
    warnings: int = 0

    def add(self, result: FileResult) -> None:
        if result.error:
            self.refused += 1
            return
        done = result.imported
        setattr(self, done.story, getattr(self, done.story) + 1)
        self.comments_new += done.comments_new
        self.comments_changed += done.comments_changed
        self.warnings += len(done.warnings)

    @property
    def files(self) -> int:
        return self.new + self.changed + self.unchanged + self.refused

    def line(self) -> str:
        """One line: what was stored, or would be."""
        if not self.files:
            return "No file was found to import: the folder is empty."
        return (
            f"{'Would be imported' if self.dry_run else 'Imported'}: "
            f"stories {self.new} new, {self.changed} changed, {self.unchanged} unchanged; "
            f"comments {self.comments_new} new, {self.comments_changed} changed; "
            f"files refused {self.refused}; warnings {self.warnings}"
        )
