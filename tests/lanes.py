"""Run every test, each lane in a process of its own, and say plainly what ran against what.

    python -m tests.lanes [LANE ...] [-- PYTEST ARGUMENTS]

sqlite            SQLite alone, jobs in the same process: how a site starts
postgresql+redis  PostgreSQL and Redis: how a site grows (also tests/faults)
browser           tests/browser in Chromium, on SQLite

With two cores or more, PostgreSQL's lane runs beside the other two, and each prints what it has to say when it ends.
The last line of the output is always ``N passed, N failed, N skipped``. With CI=true a lane that cannot run, or a
test that skips itself, is a failure.
"""

import importlib.util
import os
import platform
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from tests import services
from tests.surroundings import BROWSER, LANES, SERVERS, SQLITE

ROOT = Path(__file__).resolve().parent.parent
SECONDS_PER_LANE = 45 * 60
TRACKS = ((SQLITE, BROWSER), (SERVERS,))  # lanes that run one after the other; tracks run beside each other
SLOWEST = 10
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
CHROMIUM_ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


@dataclass(frozen=True)
class Result:
    """What one lane came to: counts, the skipped tests with their reasons, and the seconds of each test."""

    lane: str
    words: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    reasons: tuple[str, ...] = ()
    times: tuple[tuple[float, str], ...] = field(default=(), repr=False)


# -- One lane ----------------------------------------------------------------------------------------------------


@contextmanager
def surroundings_of(lane: str):
    """The lane's variables and what they lead to, in words. Raises services.NotHere."""
    with ExitStack() as stack:
        variables, words = {"THRESHOLD_LANE": lane}, f"SQLite {sqlite3.sqlite_version}, jobs in the same process"
        if lane == SERVERS:
            folder = stack.enter_context(services.private_folder())
            database = stack.enter_context(services.postgresql(folder, dict(os.environ)))
            queue = stack.enter_context(services.redis_database(folder, dict(os.environ)))
            variables |= {"DATABASE_URL": database.url, "REDIS_URL": queue.url}
            words = f"{database.words}; {queue.words}"
        if lane == BROWSER:
            variables["CHROMIUM_PATH"] = path_of_chromium()
            words = f"{chromium_version(variables['CHROMIUM_PATH'])} on SQLite {sqlite3.sqlite_version}"
        yield variables, words


def path_of_chromium() -> str:
    """The browser on this machine. Raises services.NotHere."""
    if not importlib.util.find_spec("pytest_playwright"):
        raise services.NotHere("requirements/browser.txt is not installed (make setup does, where Chromium is found)")
    candidates = [os.environ.get("CHROMIUM_PATH"), *map(shutil.which, CHROMIUM_NAMES)]
    candidates += [str(CHROMIUM_ON_A_MAC)] if CHROMIUM_ON_A_MAC.exists() else []
    for candidate in filter(None, candidates):
        return candidate
    raise services.NotHere("no Chromium on the PATH: apt install chromium, or set CHROMIUM_PATH")


def chromium_version(path: str) -> str:
    asked = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    return " ".join(asked.stdout.split()[:2]) or "a browser that does not tell its version"


def pytest_command(lane: str, arguments: list[str]) -> list[str]:
    where = ["tests/browser"] if lane == BROWSER else ["tests", "--ignore=tests/browser", "-p", "no:playwright"]
    return [sys.executable, "-m", "pytest", "-q", "--create-db", *where, *arguments]


def run_lanes(lanes: list[str], arguments: list[str]) -> list[Result]:
    """The results of these lanes, in this order; in two tracks where there are the cores for it."""
    tracks = [track for track in ([lane for lane in track if lane in lanes] for track in TRACKS) if track]
    if len(tracks) == 1 or (os.cpu_count() or 1) == 1:
        return [run_lane(lane, arguments) for lane in lanes]
    with ThreadPoolExecutor(len(tracks)) as pool:
        results = pool.map(lambda track: [run_lane(lane, arguments, is_alone=False) for lane in track], tracks)
        found = {result.lane: result for track in results for result in track}
    return [found[lane] for lane in lanes]


def run_lane(lane: str, arguments: list[str], *, is_alone: bool = True) -> Result:
    """Run one lane's tests in their own process and count them; beside others it speaks only when it has ended."""
    started = time.monotonic()
    try:
        with surroundings_of(lane) as (variables, words), services.private_folder() as folder:
            print(f"\n=== {lane}: {words}{'' if is_alone else ' (its output follows when it ends)'}", flush=True)
            report, said = folder / "report.xml", folder / "output"
            command = [*pytest_command(lane, arguments), f"--junitxml={report}"]
            with ExitStack() as stack:
                output = None if is_alone else stack.enter_context(said.open("w"))
                code = run_to_the_end(command, {**os.environ, **variables}, output)
            if not is_alone:
                print(f"\n=== {lane} said\n{said.read_text(errors='replace')}", flush=True)
            counted = read_report(report, Result(lane, words), code)
    except services.NotHere as reason:
        counted = could_not_run(lane, str(reason), arguments)
    return replace(counted, seconds=time.monotonic() - started)


class Run:
    """The lanes under way in this process, so that a word from outside ends all of them."""

    processes: set[subprocess.Popen] = set()
    is_stopped = False


def stop(number: int, _frame) -> None:
    """End every lane and then this process, politely."""
    Run.is_stopped = True
    for process in tuple(Run.processes):
        services.end(process, signal.SIGINT)  # and not politely where that is ignored, as behind a shell's "&"
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def run_to_the_end(command: list[str], environment: dict[str, str], output=None) -> int:
    """The exit code of ``command``; -9 when it had to be ended because it took too long, 130 when all are stopped."""
    if Run.is_stopped:
        return 128 + signal.SIGINT
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output and subprocess.STDOUT
    )
    Run.processes.add(process)
    try:
        return process.wait(timeout=SECONDS_PER_LANE)
    except subprocess.TimeoutExpired:
        print(f"Ended: this lane took longer than {SECONDS_PER_LANE // 60} minutes.", flush=True)
        return -signal.SIGKILL
    finally:
        Run.processes.discard(process)
        services.end(process, signal.SIGINT)


def read_report(report: Path, result: Result, code: int) -> Result:
    """Count pytest's own report; a run that ended badly without saying which test failed counts as one failure."""
    cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    skips = [(case, case.find("skipped")) for case in cases if case.find("skipped") is not None]
    times = sorted(((float(case.get("time", 0)), f"{name_of(case)} ({result.lane})") for case in cases), reverse=True)
    return replace(
        result,
        passed=len(cases) - failed - len(skips),
        failed=failed or int(code != 0),
        skipped=len(skips),
        reasons=tuple(f"{name_of(case)}: {skip.get('message')}" for case, skip in skips),
        times=tuple(times[:SLOWEST]),
    )


def name_of(case: ElementTree.Element) -> str:
    return f"{case.get('classname')}.{case.get('name')}"


def could_not_run(lane: str, reason: str, arguments: list[str]) -> Result:
    """Every test of the lane counts as skipped (in CI: the lane as failed), and the reason is said loudly."""
    count = count_tests(lane, arguments)
    print(f"\n=== {lane}: {count} TESTS SKIPPED: {reason}", flush=True)
    return Result(lane, "did not run", skipped=count, reasons=(f"all {count} of {lane}: {reason}",))


def count_tests(lane: str, arguments: list[str]) -> int:
    """How many tests the lane would have run; at least 1, so that a lane can never vanish from the totals."""
    command = [*pytest_command(lane, arguments), "--collect-only", "-qq"]
    environment = {**os.environ, "THRESHOLD_LANE": lane, "DATABASE_URL": "", "REDIS_URL": ""}
    asked = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    counts = [line.rsplit(": ", 1)[1] for line in asked.stdout.splitlines() if line.startswith("tests/")]
    return max(sum(int(count) for count in counts if count.isdigit()), 1)


# -- All of them -------------------------------------------------------------------------------------------------


def summary(results: list[Result]) -> str:
    """The closing report; its last line is the totals."""
    lines = ["", "=== Summary", f"Ran on CPython {platform.python_version()}, Django {version('django')}."]
    for one in results:
        lines.append(f"{one.lane:<18}{totals([one])}  ({one.seconds:.0f} s; {one.words})")
    skipped = [reason for one in results for reason in one.reasons]
    lines += [f"Skipped: {reason}" for reason in skipped] or ["Skipped: nothing."]
    slowest = sorted((taken for one in results for taken in one.times), reverse=True)[:SLOWEST]
    lines += ["Slowest tests:", *(f"{seconds:7.2f} s  {name}" for seconds, name in slowest)]
    return "\n".join([*lines, totals(results)])


def totals(results: list[Result]) -> str:
    passed, failed, skipped = (sum(getattr(one, name) for one in results) for name in ("passed", "failed", "skipped"))
    return f"{passed} passed, {failed} failed, {skipped} skipped"


def strictly(results: list[Result]) -> list[Result]:
    """For CI: what was skipped could not be shown to work, so it counts as failed."""
    return [replace(one, failed=one.failed + one.skipped, skipped=0) for one in results]


def chosen(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The lanes asked for (all, when none is named) and what is meant for pytest."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    unknown = set(arguments[:cut]) - set(LANES)
    if unknown:
        sys.exit(f"There is no lane {', '.join(sorted(unknown))}. The lanes are: {', '.join(LANES)}.")
    return arguments[:cut] or [SQLITE, SERVERS, BROWSER], arguments[cut + 1 :]


def main(arguments: list[str]) -> int:
    # A polite end from outside must still stop the servers that were started.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    lanes, for_pytest = chosen(arguments)
    for folder in services.sweep():
        print(f"Removed what a killed run had left: {folder}")
    try:
        results = run_lanes(lanes, for_pytest)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    if os.environ.get("CI") == "true":
        results = strictly(results)
    print(summary(results), flush=True)
    return int(any(one.failed for one in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
