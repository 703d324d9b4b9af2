#!/usr/bin/env python
"""The operator's way in: python manage.py help"""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run `make setup` first, then .venv/bin/python manage.py ...")
    if sys.argv[1:2] == ["run_demo"]:
        # Before the settings are read: without a key they stop the start.
        from forum.first_start import make_settings_file

        make_settings_file(Path(__file__).resolve().parent, os.environ)
    execute_from_command_line(sys.argv)
