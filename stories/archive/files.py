"""Files of archived articles: which ones are meant, and their bytes. Whatever cannot be read is said by name."""

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from forum import policy
from stories.archive.article import BadArticle


def read_file(path: Path | str) -> bytes:
    """The bytes of a regular file of at most policy.ARCHIVE_MAX_BYTES, of which no more are read.

    Raises BadArticle at line 1: not there, no file, not readable, too large.
    """
    try:
        check_file(Path(path).stat())
        with open(path, "rb") as file:
            raw = file.read(policy.ARCHIVE_MAX_BYTES + 1)
    except (OSError, ValueError) as mishap:
        raise unreadable(mishap) from None
    check_size(len(raw))
    return raw


def check_file(found) -> None:
    """Only regular files are opened: reading a pipe or a device could wait for ever."""
    if stat.S_ISDIR(found.st_mode):
        raise BadArticle(1, "expected a file, found a folder (a folder given by name must be readable)")
    if not stat.S_ISREG(found.st_mode):
        raise BadArticle(1, "expected a file, found a pipe, a socket or a device")
    check_size(found.st_size)


def check_size(size: int) -> None:
    if size > policy.ARCHIVE_MAX_BYTES:
        raise BadArticle(1, f"expected at most {policy.ARCHIVE_MAX_BYTES} bytes (the size limit), found {size} bytes")


def unreadable(mishap: OSError | ValueError) -> BadArticle:
    if isinstance(mishap, BadArticle):
        return mishap
    reason = getattr(mishap, "strerror", None) or "a name that no file can have"
    return BadArticle(1, f"expected a readable file, found: {reason}")


def list_files(paths: Iterable[Path | str]) -> list[Path]:
    """The files to read, in the order given; a folder stands for its files, and theirs of the folders in it.

    Inside a folder: in order of name, names that begin with a dot skipped, no folder entered through a link. What
    does not exist or cannot be listed is kept, so that read_file says so by name.
    """
    return [file for path in paths for file in files_at(Path(path))]


def files_at(path: Path) -> Iterator[Path]:
    entries = entries_of(path)
    if entries is None:
        yield path
        return
    for entry in entries:
        if entry.is_symlink() and entry.is_dir():
            continue
        yield from files_at(entry)


def entries_of(path: Path) -> list[Path] | None:
    """The entries of a folder by name; None if this is no folder or one that cannot be listed."""
    try:
        return sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    except (OSError, ValueError):
        return None
