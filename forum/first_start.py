"""What the very first start on a machine needs before the settings can be read. Knows only the standard library."""

import os
import secrets
from pathlib import Path

WORDS = """\
# Made by the first `make run` on this machine; docs/settings.md explains what else may stand here.
SECRET_KEY={key}
DEBUG=true
"""
KEY_BYTES = 50


def make_settings_file(folder: Path, environment) -> Path | None:
    """Write ``.env`` with a fresh key for a site on this machine alone; None if there are settings already.

    Readable by its owner alone, because of the key.
    """
    path = folder / ".env"
    if environment.get("SECRET_KEY") or path.exists():
        return None
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(WORDS.format(key=secrets.token_urlsafe(KEY_BYTES)))
    return path
