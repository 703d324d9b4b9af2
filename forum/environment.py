"""Reading one variable of the environment, or ending the start with one sentence that says what is wrong with it."""

import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import allauth
import environ

PROVIDERS = Path(allauth.__file__).parent / "socialaccount" / "providers"
env = environ.Env()


def stop(sentence: str):
    """End the start with one plain sentence; a traceback would hide it."""
    sys.exit(f"Threshold cannot start: {sentence}")


def setting(read, name: str, default, wanted: str):
    """One variable through one of django-environ's readers, or the end of the start with words."""
    if not env.str(name, default="").strip():
        return default
    try:
        return read(name)
    except (ValueError, TypeError, KeyError, environ.ImproperlyConfigured):
        stop(f"{name} is {env.str(name)!r}, but it must be {wanted}.")


def words(name: str, default: str) -> str:
    """One variable as text; left empty, as in .env.example, it is the default."""
    return env.str(name, default="").strip() or default


def true_or_false(name: str, default: bool) -> bool:
    known = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}
    return setting(lambda n: known[env.str(n).strip().lower()], name, default, "true or false")


def whole_number(name: str, default: int, least: int = 0) -> int:
    number = setting(env.int, name, default, "a whole number")
    return number if number >= least else stop(f"{name} is {number}, but it must be at least {least}.")


def service_url(name: str, schemes: tuple[str, ...]) -> str:
    """An address of a service, or "" when unset; the scheme is checked here, the rest by the library that uses it."""
    url = env.str(name, default="").strip()
    try:
        parts = urlsplit(url)
        port_is_wrong = parts.port == 0
    except ValueError:
        parts, port_is_wrong = urlsplit(""), True
    if url and (parts.scheme not in schemes or port_is_wrong):
        # The address may carry a password, so it is not repeated.
        stop(f"{name} must be an address that begins with {' or '.join(s + '://' for s in schemes)}.")
    return url


def providers(name: str) -> dict[str, dict]:
    """Other sites through which members may sign in, in allauth's words, from addresses with blanks between.

    Such as github://id:secret@ or, for any server of OpenID Connect, openid://id:secret@host/path?name=Words.
    """
    found: dict[str, dict] = {}
    for url in env.str(name, default="").split():
        parts = urlsplit(url)
        kind = "openid_connect" if parts.scheme == "openid" else parts.scheme
        is_known = (PROVIDERS / kind / "urls.py").exists() and (kind != "openid_connect" or parts.hostname)
        if not (is_known and parts.username and parts.password):
            # The address carries a secret, so it is not repeated.
            stop(f"{name} must be addresses such as github://id:secret@, of providers that django-allauth knows.")
        app = {"client_id": unquote(parts.username), "secret": unquote(parts.password)}
        if kind == "openid_connect":
            words = parse_qs(parts.query).get("name", [parts.hostname])[0]
            app |= {"provider_id": parts.hostname, "name": words}
            app |= {"settings": {"server_url": f"https://{parts.netloc.rpartition('@')[2]}{parts.path}"}}
        found.setdefault(kind, {"APPS": [], "OAUTH_PKCE_ENABLED": True})["APPS"].append(app)
    return found
