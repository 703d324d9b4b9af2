"""A whole site's log replayed: how long, in how much memory, and whether planted damage is found and mended.

    python -m benchmarks.replay [sqlite|postgresql ...] [--comments 1300000] [--moderations 930000] [--damages 500]

The replay runs in a process of its own, as the command does.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from benchmarks.scratch import print_table, scratch_database
from tests.services import private_folder

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vendors", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--comments", type=int, default=1_300_000)
    parser.add_argument("--moderations", type=int, default=930_000)
    parser.add_argument("--damages", type=int, default=500)
    wanted = parser.parse_args(arguments)
    if len(wanted.vendors) == 1:
        measure(wanted.vendors[0], wanted)
        return
    sizes = [f"--{name}={getattr(wanted, name)}" for name in ("comments", "moderations", "damages")]
    for vendor in wanted.vendors:  # Django can be set up on one database in a process
        subprocess.run([sys.executable, "-m", "benchmarks.replay", vendor, *sizes], check=True)


def measure(vendor: str, wanted: argparse.Namespace) -> None:
    with scratch_database(vendor) as words, private_folder() as folder:
        from django.db import connection

        from benchmarks import damage, seed_log

        started = time.perf_counter()
        if vendor == "postgresql":
            with connection.cursor() as cursor:  # what is made here points at what is made here
                cursor.execute("SET session_replication_role = replica")
        counts = seed_log.seed(connection, folder, comments=wanted.comments, moderations=wanted.moderations)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        connection.close()  # and with it the role
        print(f"{words}: seeded in {time.perf_counter() - started:.0f} s: {counts}", flush=True)
        rows = [row_of("as it was made", replayed())]
        planted = damage.plant(wanted.damages)
        rows.append(row_of(f"{len(planted)} rows damaged", replayed()))
        rows.append(row_of("with --repair", replayed("--repair")))
        rows.append([*row_of("once more", replayed())])
        print_table(
            f"{counts['comments']:,} comments, {counts['moderations']:,} moderations, "
            f"{counts['karma_lines']:,} lines of karma, {counts['token_entries']:,} token entries, {words}",
            ["replay", "seconds", "peak MB", "differences", "repaired", "left"],
            rows,
        )
        print(f"\nRows not as they were before the damage: {len(damage.still_wrong(planted))}")


def replayed(*arguments: str) -> dict:
    """What ``manage.py replay --json`` said of the scratch database."""
    from django.db import connection

    connection.close()
    command = [sys.executable, "manage.py", "replay", "--json", *arguments]
    environment = os.environ | {"DATABASE_URL": own_address()}
    # Differences end with status 1, which is no failure here.
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def own_address() -> str:
    """The address of the scratch database itself."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def row_of(name: str, report: dict) -> list:
    print(name, {key: value for key, value in report.items() if key not in ("differences", "checked")}, flush=True)
    return [name, *(report[key] for key in ("seconds", "peak_memory_mb", "total", "repaired", "left"))]


if __name__ == "__main__":
    main(sys.argv[1:])
