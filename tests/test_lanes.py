"""The launcher's arithmetic: a wrong count here would make every other test worthless."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests import lanes, services
from tests.lanes import Result, chosen, read_report, strictly, summary, totals
from tests.surroundings import BROWSER, SERVERS, SQLITE

pytestmark = pytest.mark.lane(SQLITE)

REPORT = """<testsuites><testsuite>
<testcase classname="a" name="one" time="0.5"/>
<testcase classname="a" name="two" time="1.5"><failure message="no"/></testcase>
<testcase classname="a" name="three" time="0.1"><skipped message="no compiler"/></testcase>
<testcase classname="a" name="four" time="0.2"><error message="fixture"/></testcase>
</testsuite></testsuites>"""


def counted(tmp_path, text, code):
    report = tmp_path / "report.xml"
    report.write_text(text)
    return read_report(report, Result("sqlite", "SQLite"), code)


def test_each_test_is_counted_once(tmp_path):
    result = counted(tmp_path, REPORT, code=1)
    assert (result.passed, result.failed, result.skipped) == (1, 2, 1)
    assert result.reasons == ("a.three: no compiler",)
    assert result.times[0] == (1.5, "a.two (sqlite)")


def test_a_run_that_died_without_a_report_is_a_failure(tmp_path):
    assert read_report(tmp_path / "none.xml", Result("sqlite", "SQLite"), code=3).failed == 1


def test_a_run_that_ended_badly_is_a_failure_even_when_every_test_passed(tmp_path):
    assert counted(tmp_path, '<testsuite><testcase classname="a" name="b" time="1"/></testsuite>', code=1).failed == 1


def test_the_last_line_is_the_totals_of_all_lanes():
    results = [Result("sqlite", "", passed=5), Result("browser", "", failed=1, skipped=2)]
    assert summary(results).splitlines()[-1] == "5 passed, 1 failed, 2 skipped"


def test_what_was_skipped_is_named_with_its_reason():
    assert "Skipped: a.b: no Chromium" in summary([Result("browser", "", skipped=1, reasons=("a.b: no Chromium",))])


def test_in_ci_a_skipped_test_is_a_failed_one():
    assert totals(strictly([Result("browser", "", passed=3, skipped=2)])) == "3 passed, 2 failed, 0 skipped"


def test_lanes_and_what_is_meant_for_pytest_are_told_apart():
    assert chosen(["sqlite", "--", "-k", "moderation"]) == (["sqlite"], ["-k", "moderation"])
    assert chosen([]) == (["sqlite", "postgresql+redis", "browser"], [])


def test_a_lane_that_does_not_exist_is_refused_in_words():
    with pytest.raises(SystemExit, match="There is no lane mysql"):
        chosen(["mysql"])


def test_servers_of_a_killed_run_are_ended_and_their_folder_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(services.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = tmp_path / f"{services.PREFIX}left"
    folder.mkdir()
    server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", str(folder)])
    (folder / "owner").write_text(str(ended_process()))
    (folder / "server.pid").write_text(f"{server.pid}\n")
    assert services.sweep() == [str(folder)]
    assert server.wait(timeout=5) < 0
    assert not folder.exists()


def test_a_process_that_only_got_the_same_number_is_left_alone(tmp_path):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    services.end_if_it_lives_in(tmp_path / "folder", stranger.pid)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.lane(SERVERS)
def test_only_old_databases_that_a_killed_run_left_are_dropped():
    url, me = os.environ["DATABASE_URL"], os.getpid()
    left, fresh, foreign = f"test_threshold_{me}_1000", f"test_threshold_{me}_999000", f"test_threshold_of_ann_{me}"
    with psycopg.connect(services.beside(url, "postgres"), autocommit=True) as connection:
        for name in (left, fresh, foreign):
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            assert left in services.drop_left_databases(url, now=1_000_000)
            kept = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            assert kept >= {fresh, foreign}
            assert left not in kept
        finally:
            for name in (left, fresh, foreign):
                connection.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


# -- Lanes beside each other ---------------------------------------------------------------------------------------


def test_two_tracks_run_beside_each_other_and_are_told_in_the_order_asked_for(monkeypatch):
    line = Barrier(2, timeout=10)  # broken unless both are there at once

    def run_lane(lane, arguments, *, is_alone):
        if lane != BROWSER:
            line.wait()
        return Result(lane, "")

    monkeypatch.setattr(lanes, "run_lane", run_lane)
    monkeypatch.setattr(lanes.os, "cpu_count", lambda: 2)
    assert [one.lane for one in lanes.run_lanes([SQLITE, SERVERS, BROWSER], [])] == [SQLITE, SERVERS, BROWSER]


@pytest.mark.parametrize(("cores", "wanted"), [(1, [SQLITE, SERVERS]), (2, [SQLITE, BROWSER])])
def test_on_one_core_or_in_one_track_each_lane_runs_alone(cores, wanted, monkeypatch):
    told = []
    monkeypatch.setattr(lanes, "run_lane", lambda lane, arguments: told.append(lane) or Result(lane, ""))
    monkeypatch.setattr(lanes.os, "cpu_count", lambda: cores)
    lanes.run_lanes(wanted, [])
    assert told == wanted


def test_a_lane_beside_others_speaks_when_it_has_ended(tmp_path):
    said = tmp_path / "output"
    with said.open("w") as output:
        assert lanes.run_to_the_end([sys.executable, "-c", "print('all is well')"], dict(os.environ), output) == 0
    assert said.read_text() == "all is well\n"


def test_a_word_from_outside_ends_every_lane(monkeypatch):
    monkeypatch.setattr(lanes.Run, "is_stopped", False)
    waiting = [sys.executable, "-c", "import time; time.sleep(60)"]
    with ThreadPoolExecutor() as pool:
        codes = [pool.submit(lanes.run_to_the_end, waiting, dict(os.environ)) for _ in range(2)]
        while len(lanes.Run.processes) < 2:
            time.sleep(0.01)
        with pytest.raises(SystemExit):
            lanes.stop(signal.SIGTERM, None)
        assert all(code.result(timeout=50) != 0 for code in codes)
    assert lanes.run_to_the_end(waiting, dict(os.environ)) == 130
