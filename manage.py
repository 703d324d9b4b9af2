#!/usr/bin/env python
"""The operator's way in: python manage.py help"""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run `make setup` first, then .venv/bin/python manage.py ...")
    execute_from_command_line(sys.argv)
