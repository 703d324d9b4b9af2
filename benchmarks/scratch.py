"""A database of a benchmark's own, and the table it prints. Nothing of a developer's is read or written."""

import io
import os
import signal
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from tests import services
from tests.surroundings import PLAIN


@contextmanager
def scratch_database(vendor: str) -> Iterator[str]:
    """Set Django up on a fresh, migrated database and give its name in words; one per process."""
    # A polite end from outside must still remove what was made.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with services.private_folder() as folder, address_of(vendor, folder) as (address, words):
        os.environ.update(PLAIN | {"DATABASE_URL": address, "REDIS_URL": "", "LOG_LEVEL": "ERROR"})
        os.environ["DJANGO_SETTINGS_MODULE"] = "forum.settings"
        import django
        from django.conf import settings
        from django.db import connection

        settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = own_name(vendor, folder)
        settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STATIC_ROOT = str(folder)
        django.setup()
        with redirect_stdout(io.StringIO()):
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield words
        finally:
            connection.creation.destroy_test_db(own_name(vendor, folder), verbosity=0)


@contextmanager
def address_of(vendor: str, folder: Path) -> Iterator[tuple[str, str]]:
    if vendor == "sqlite":
        import sqlite3

        yield f"sqlite:///{folder}/unused.sqlite3", f"SQLite {sqlite3.sqlite_version}"
        return
    with services.postgresql(folder, dict(os.environ)) as found:
        yield found.url, found.words.split(",")[0]


def own_name(vendor: str, folder: Path) -> str:
    return str(folder / "scratch.sqlite3") if vendor == "sqlite" else f"benchmark_{os.getpid()}"


def median(values: list[float]) -> float:
    return statistics.median(values)


def print_table(title: str, columns: list[str], rows: list[list]) -> None:
    """A table as Markdown, so that it can be kept in docs/measurements.md as it is."""
    print(f"\n{title}\n")
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(shown(cell) for cell in row) + " |", flush=True)


def shown(cell) -> str:
    if not isinstance(cell, float):
        return str(cell)
    return f"{cell:.2f}" if cell < 10 else f"{cell:.1f}" if cell < 100 else f"{cell:,.0f}"
