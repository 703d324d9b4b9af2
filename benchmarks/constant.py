"""An application that sends one file, whatever it is asked: what the web server itself costs."""

import os
from pathlib import Path

BODY = Path(os.environ["CONSTANT"]).read_bytes()
HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Encoding", "gzip"),
    ("Content-Length", str(len(BODY))),
]


def application(environ, start_response):
    start_response("200 OK", HEADERS)
    return [BODY]
