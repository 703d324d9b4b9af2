"""What the MDN HTTP Observatory would give an answer of the site, by its published table (mdn/mdn-http-observatory).

Told here: Content-Security-Policy, cookies, CORS, CORP, HSTS, nosniff, framing, Referrer-Policy, subresource integrity,
and the modifiers that its table of August 2026 adds for COEP and COOP, which are summed apart (``isolation``).
Not told here, because only a scan of a running site can: certificates, the preload list (no bonus is taken), and the
redirect from http, which tests/security/test_headers.py asks for by itself.
"""

import re
from dataclasses import dataclass
from http.cookies import Morsel

BASELINE, BONUS_FROM = 100, 90
HALF_A_YEAR = 15_768_000
BROAD = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
INLINE = {"'unsafe-inline'", "data:"}
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)
SOURCE = re.compile(r'\bsrc="([^"]*)"')


@dataclass(frozen=True)
class Score:
    """``modifiers`` by test; ``total`` of what every edition of the table has; ``isolation`` of the new tests."""

    modifiers: dict[str, int]
    isolation: int

    @property
    def total(self) -> int:
        losses = sum(modifier for modifier in self.modifiers.values() if modifier < 0)
        bonus = sum(modifier for modifier in self.modifiers.values() if modifier > 0)
        return BASELINE + losses + (bonus if BASELINE + losses >= BONUS_FROM else 0)


def score(answer) -> Score:
    """The score of a response of the test client that came by https."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    policy = directives(headers.get("content-security-policy", ""))
    is_page = headers.get("content-type", "").startswith("text/html")
    body = answer.content.decode(errors="replace") if is_page and not answer.streaming else ""
    found = {
        "csp": judge_policy(policy),
        "cookies": judge_cookies(list(answer.cookies.values()), has_hsts="strict-transport-security" in headers),
        "cors": -50 if "access-control-allow-credentials" in headers else 0,
        "corp": judge_corp(headers.get("cross-origin-resource-policy", "")),
        "hsts": judge_hsts(headers.get("strict-transport-security", "")),
        "nosniff": 0 if headers.get("x-content-type-options") == "nosniff" else -5,
        "framing": judge_framing(policy, headers.get("x-frame-options", "")),
        "referrer": judge_referrer(headers.get("referrer-policy", "")),
        "integrity": judge_scripts(body),
    }
    coep = headers.get("cross-origin-embedder-policy") in {"require-corp", "credentialless"}
    coop = headers.get("cross-origin-opener-policy", "").startswith("same-origin")
    return Score(found, isolation=10 * coep + 10 * coop)


def directives(header: str) -> dict[str, set[str]]:
    """A policy by directive; the first of two with one name counts, as in browsers."""
    found: dict[str, set[str]] = {}
    for words in filter(None, (part.split() for part in header.split(";"))):
        found.setdefault(words[0].lower(), {word.lower() for word in words[1:]})
    return found


def judge_policy(policy: dict[str, set[str]]) -> int:
    if not policy:
        return -25
    default = policy.get("default-src", {"*"})
    scripts, styles, objects = (policy.get(f"{kind}-src", default) for kind in ("script", "style", "object"))
    images = policy.get("img-src", default) | policy.get("media-src", default)
    passive = {"img-src", "media-src"}
    active = set().union(*(words for name, words in policy.items() if name not in passive))
    if scripts & (BROAD | INLINE) or objects & BROAD or any(word.startswith(("http:", "ftp:")) for word in active):
        return -20
    if "'unsafe-eval'" in scripts | styles or any(word.startswith(("http:", "ftp:")) for word in images):
        return -10
    if styles & (BROAD | INLINE):
        return 0
    return 10 if default == {"'none'"} and policy.get("form-action", {"*"}) <= {"'none'", "'self'"} else 5


def judge_cookies(cookies: list[Morsel], *, has_hsts: bool) -> int:
    """The worst of them; no bonus without any."""
    return min((judge_cookie(cookie, has_hsts) for cookie in cookies), default=0)


def judge_cookie(cookie: Morsel, has_hsts: bool) -> int:
    is_session = any(word in cookie.key.lower() for word in ("login", "sess"))
    if not cookie["secure"]:
        return (-10 if is_session else -5) if has_hsts else (-40 if is_session else -20)
    if is_session and not cookie["httponly"]:
        return -30
    if cookie["samesite"] in {"Lax", "Strict"}:
        return 5
    return -20 if cookie["samesite"] or "csrf" in cookie.key.lower() else 0


def judge_corp(value: str) -> int:
    return {"same-origin": 10, "same-site": 10, "cross-origin": 0, "": 0}.get(value, -5)


def judge_hsts(value: str) -> int:
    age = re.match(r"max-age=(\d+)", value)
    if age is None:
        return -20
    return 0 if int(age[1]) >= HALF_A_YEAR else -10


def judge_framing(policy: dict[str, set[str]], xfo: str) -> int:
    if "frame-ancestors" in policy and not policy["frame-ancestors"] & BROAD:
        return 5
    return 0 if xfo.upper() in {"DENY", "SAMEORIGIN"} else -20


def judge_referrer(value: str) -> int:
    if not value:
        return 0
    return 5 if value.rsplit(",", maxsplit=1)[-1].strip() in PRIVATE else -5


def judge_scripts(body: str) -> int:
    """Scripts of the own site cost nothing; foreign ones without integrity do."""
    scripts = [(SOURCE.search(words), "integrity=" in words) for words in SCRIPT.findall(body)]
    sources = [(source[1], is_checked) for source, is_checked in scripts if source]
    foreign = [(source, is_checked) for source, is_checked in sources if not re.match(r"/(?!/)", source)]
    if any(not source.startswith("https://") for source, _ in foreign):
        return -50 if not all(is_checked for _, is_checked in foreign) else -20
    if not all(is_checked for _, is_checked in foreign):
        return -5
    return 5 if sources and all(is_checked for _, is_checked in sources) else 0
