"""What run_demo does after the community is made: the web server and the jobs beside each other, ended together."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager, suppress
from http.client import HTTPException

from django.conf import settings
from django.core.management import CommandError

from forum.management.arguments import HIGHEST_PORT

HERE = "127.0.0.1"
DEFAULT_ADDRESS = "http://localhost:8000"
SECONDS_TO_START = 60
SECONDS_TO_END = 10
WEB = "gunicorn forum.wsgi:application --worker-class gthread --threads 4 --no-control-socket --log-level error"


def check_port(port: int) -> None:
    """Raise CommandError, in words, if something else listens there."""
    with socket.socket() as probe:
        # As the web server does it, so that a port that has just been left counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HERE, port))
        except OSError as problem:
            why = f"Port {port} cannot be used here ({problem.strerror})."
            raise CommandError(f"{why} Choose another: make run PORT={port % HIGHEST_PORT + 1}") from problem


def serve(port: int, when_ready: Callable[[], None]) -> None:
    """Serve on this machine alone, with the jobs beside it, until Ctrl-C or SIGTERM; then nothing is left running.

    Raises CommandError if one of the two ends by itself.
    """
    with _ended_by_signals(), _running(port) as processes:
        _wait_until_ready(port, processes)
        when_ready()
        while not any(process.poll() is not None for process in processes):
            time.sleep(0.2)
        raise CommandError("The web server or the background jobs ended by themselves, so the other was stopped too.")


@contextmanager
def _running(port: int):
    # Links in mails lead to this port, unless the site was given an address of its own.
    own = {} if settings.SITE_URL != DEFAULT_ADDRESS else {"SITE_URL": f"http://localhost:{port}"}
    surroundings = os.environ | own
    web = [sys.executable, "-m", *WEB.split(), "--bind", f"{HERE}:{port}"]
    jobs = [sys.executable, "manage.py", "run_due_jobs", "--loop"]
    processes = []
    try:
        for command, quiet in ((web, None), (jobs, subprocess.DEVNULL)):
            process = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=surroundings, stdin=subprocess.DEVNULL, stdout=quiet
            )
            processes.append(process)
        yield processes
    finally:
        _end(processes)


def _end(processes: list[subprocess.Popen]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + SECONDS_TO_END
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        if process.poll() is None:
            process.kill()
            process.wait()


def _wait_until_ready(port: int, processes: list[subprocess.Popen]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        with suppress(OSError, HTTPException), urllib.request.urlopen(f"http://{HERE}:{port}/healthz", timeout=2):
            return
        time.sleep(0.1)
    raise CommandError("The web server did not start: see the lines above.")


@contextmanager
def _ended_by_signals():
    """Ctrl-C, SIGTERM and the closing of the terminal all leave the block quietly."""

    def leave(*_):
        raise KeyboardInterrupt

    wanted = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(one, leave) for one in wanted]
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        for one, handler in zip(wanted, before, strict=True):
            signal.signal(one, handler)
