"""Reading under load: a page of 1,000 comments beside the same server sending the same bytes, and beside nginx.

python -m benchmarks.serving [postgresql|sqlite]

Needs wrk, and nginx for its rows (apt install wrk nginx). The server is started as ``make serve`` starts it, with two
workers; the client shares the machine. All targets are asked in turn in each round, and shares are medians of those of
the rounds.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.scratch import print_table, scratch_database
from tests import services

ROUNDS, SECONDS, CONNECTIONS = 9, 2, 16  # short rounds, since neighbours come and go
CONSTANT, FILE = "the same server, the same bytes", "nginx, the same bytes from a file"
CACHE = "the visitor, through the micro-cache"
HEAD = {"Host": "testserver", "Accept-Encoding": "gzip"}
NGINX = """
{user}daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 512; }}
http {{
  access_log off; default_type "text/html; charset=utf-8";
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream site {{ server 127.0.0.1:{site}; keepalive 16; }}
  server {{ listen 127.0.0.1:{static}; root {folder}/static; location / {{ gzip_static always; }} }}
  {cache}
}}
"""


def main(arguments: list[str]) -> None:
    if not shutil.which("wrk"):
        raise SystemExit("This needs wrk (Debian and Ubuntu: apt install wrk).")
    vendor = arguments[0] if arguments else "postgresql"
    with scratch_database(vendor) as words, TemporaryDirectory() as folder:
        targets = prepare()
        with ExitStack() as stack:
            asked = start_all(stack, Path(folder), targets)
            seen: dict = {name: [] for name in asked}
            for number in range(ROUNDS):
                for name in list(asked) if number % 2 else list(asked)[::-1]:
                    seen[name].append(load(*asked[name], Path(folder)))
        tell(seen, words)


def prepare() -> dict:
    """name -> (address, cookies) of what readers ask of the site."""
    from benchmarks.floors import signed_in
    from benchmarks.story_page import a_talked_about_story, now
    from forum.accounts.actions import relate
    from forum.presets import THRESHOLD
    from tests.factories import UNLIMITED, a_member, a_policy

    a_policy(THRESHOLD, now=now(), **UNLIMITED)
    story = a_talked_about_story(1_000)
    member = a_member(modifiers={"friend": 2, "foe": -2, "reason_8": -1, "short": -1}, threshold=-1, full_from=-1)
    for author in {comment.author for comment in story.discussion.comments.exclude(author=None)[:60]}:
        relate(member=member, other=author, kind="friend", now=now())
    page, session = story.get_absolute_url(), signed_in(member.pk)
    return {
        "a visitor, 1,000 comments": (f"{page}", "reading=-1.nested.oldest.-1"),
        "a member with modifiers and marks": (page, session),
        "a visitor who has the page already (304)": (page, "reading=-1.nested.oldest.-1"),
        "another threshold by its link": (f"{page}?threshold=3&mode=nested&order=oldest&full_from=3", ""),
        "is there anything new? (304)": (f"/discussion/{story.discussion_id}/news/", ""),
        "the front page": ("/", ""),
    }


def start_all(stack: ExitStack, folder: Path, targets: dict) -> dict:
    """name -> (port, path, headers), with every server running."""
    from benchmarks.floors import web_server

    collect_static(folder)
    port = stack.enter_context(web_server(folder))
    asked = {}
    for name, (path, cookies) in targets.items():
        given = ask(port, path, cookies)[1].get("Set-Cookie", "").partition(";")[0]
        sent = f"{cookies}; {given}".strip("; ")  # as a browser sends back what it was given
        status, headers, _ = ask(port, path, sent)
        if status == 404:
            continue
        if status != 200:
            raise SystemExit(f"{path} answered {status}")
        tag = {"If-None-Match": headers["ETag"]} if "304" in name else {}
        asked[name] = port, path, HEAD | {"Cookie": sent} | tag
    (page, cookies), static = targets["a visitor, 1,000 comments"], folder / "static"
    static.mkdir()
    body = ask(port, page, cookies)[2]
    (static / "page.gz").write_bytes(body)
    (folder / "constant").mkdir()
    constant = web_server(folder / "constant", "benchmarks.constant:application", CONSTANT=str(static / "page.gz"))
    asked = {CONSTANT: (stack.enter_context(constant), "/", HEAD)} | asked
    if shutil.which("nginx"):
        first, second = stack.enter_context(nginx(folder, port))
        asked[FILE] = first, "/page", HEAD
        asked[CACHE] = second, page, HEAD | {"Cookie": cookies}
    print(f"{len(body):,} bytes gzip")
    return asked


def collect_static(folder: Path) -> None:
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, env=os.environ | {"STATIC_ROOT": str(folder)}, check=True)


@contextmanager
def nginx(folder: Path, site: int):
    """(port of the file, port of the cache): nginx with the cache of docker-compose.yml before the site."""
    static, cached = services.free_port(), services.free_port()
    rules = Path("docs/nginx-cache.conf").read_text()
    rules = rules.replace("/var/cache/nginx", str(folder / "cache")).replace(
        "listen 8080", f"listen 127.0.0.1:{cached}"
    )
    rules = re.sub(r"upstream site \{.*?\}\n", "", rules, flags=re.DOTALL)
    user = "user root; " if os.getuid() == 0 else ""  # else its workers may not read a private folder
    (folder / "nginx.conf").write_text(NGINX.format(user=user, folder=folder, site=site, static=static, cache=rules))
    server = subprocess.Popen([shutil.which("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        services.wait_for(
            lambda: HTTPConnection("127.0.0.1", cached, timeout=5).connect(), OSError, folder / "nginx.log"
        )
        yield static, cached
    finally:
        server.terminate()
        server.wait()


def ask(port: int, path: str, cookies: str) -> tuple[int, dict, bytes]:
    line = HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", path, headers=HEAD | {"Cookie": cookies})
    answer = line.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


SHARES = (50, 95, 99)  # of the answers, that came within so many milliseconds
SCRIPT = (
    "done = function(_, latency) for _, share in ipairs({SHARES}) do print(share, latency:percentile(share)) end end"
)


def load(port: int, path: str, headers: dict, folder: Path, seconds: float = SECONDS) -> tuple[float, ...]:
    """(requests/s, ms that 50, 95 and 99 of 100 whole answers stay under), of as many at a time as CONNECTIONS."""
    script = folder / "told.lua"
    script.write_text(SCRIPT.replace("SHARES", ", ".join(map(str, SHARES))))
    options = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{round(seconds)}s", "-s", str(script), *options]
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
    ).stdout
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", told) or re.search(r"Socket errors:.*", told)
    if wrong:
        print(f"{path}: {wrong[0]}")
    within = [int(re.search(rf"^{share}\s+(\d+)", told, re.MULTILINE)[1]) / 1000 for share in SHARES]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1]), *within


def tell(seen: dict, words: str) -> None:
    rates = {name: [rate for rate, *_ in rounds] for name, rounds in seen.items()}
    rows = []
    for name, rounds in seen.items():
        middle = [statistics.median(values) for values in zip(*rounds, strict=True)]
        spread = f"{min(rates[name]):,.0f}–{max(rates[name]):,.0f}"
        rows.append([name, middle[0], spread, share(rates[name], rates[CONSTANT]), *middle[1:]])
    columns = ["asked for", "requests/s", "of rounds", "share of the constant", "p50 ms", "p95 ms", "p99 ms"]
    print_table(
        f"{CONNECTIONS} connections, {SECONDS} s, {ROUNDS} rounds, gunicorn with 2 workers, {words}", columns, rows
    )
    if CACHE in rates:
        print(f"\nThrough the micro-cache: {share(rates[CACHE], rates[FILE]):.2f} of nginx's file.")


def share(rates: list[float], of: list[float]) -> float:
    """The median of the shares of each round."""
    return statistics.median(rate / best for rate, best in zip(rates, of, strict=True))


if __name__ == "__main__":
    main(sys.argv[1:])
