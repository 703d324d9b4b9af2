"""The environment, read once and turned into Django settings.

Every variable is explained in docs/settings.md. Nothing here has an unsafe default: without DEBUG a missing
SECRET_KEY stops the start, and a malformed value stops it with a sentence instead of a traceback.
"""

import re
from datetime import timedelta
from email.utils import formataddr, parseaddr
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import environ
from django.conf import global_settings

from forum import policy
from forum.environment import env, providers, service_url, setting, stop, true_or_false, whole_number, words

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
environ.Env.read_env(BASE_DIR / ".env")


# -- The site --------------------------------------------------------------------------------------------------
DEBUG = true_or_false("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    stop("SECRET_KEY is not set. Give it at least 50 random characters and keep them secret (docs/settings.md).")
if len(SECRET_KEY) < 32 and not DEBUG:
    stop("SECRET_KEY is too short: at least 32 characters, better 50 (docs/settings.md).")

SITE_NAME = words("SITE_NAME", "Threshold")
SITE_URL = (service_url("SITE_URL", ("http", "https")) or "http://localhost:8000").rstrip("/")
LANGUAGE_CODE = words("LANGUAGE_CODE", "en")
if LANGUAGE_CODE not in dict(global_settings.LANGUAGES):
    stop(f"LANGUAGE_CODE is {LANGUAGE_CODE!r}, but it must be a language that Django knows, such as en or pt-br.")
TIME_ZONE = words("TIME_ZONE", "UTC")
if TIME_ZONE not in available_timezones():
    stop(f"TIME_ZONE is {TIME_ZONE!r}, but it must be a name such as Europe/Berlin or UTC.")
USE_TZ = True
USE_I18N = True

SITE_HOST = urlsplit(SITE_URL).hostname or stop("SITE_URL names no host; it must be such as https://forum.example.org.")
if any(urlsplit(SITE_URL)[2:]):
    stop("SITE_URL must end with the host: the site does not live under a path of another.")
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = setting(env.list, "ALLOWED_HOSTS", [], "a list of host names with commas between") or (
    LOCAL_HOSTS if DEBUG else [SITE_HOST]
)
if not all(re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*|\[[0-9a-fA-F:.]+\]", host) for host in ALLOWED_HOSTS):
    stop("ALLOWED_HOSTS must be host names such as forum.example.org, without https:// and port, with commas between.")
CSRF_TRUSTED_ORIGINS = setting(env.list, "CSRF_TRUSTED_ORIGINS", [], "a list of origins with commas between")
if any("://" not in origin for origin in CSRF_TRUSTED_ORIGINS):
    stop("CSRF_TRUSTED_ORIGINS must be origins such as https://example.org, with commas between.")

INSTALLED_APPS = [
    "forum.jobs",
    "forum.rulebook",
    "forum.accounts",
    "forum.notifications",
    "forum.belongings",
    "forum",
    "comments",
    "moderation",
    "stories",
    "mptt",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    # Before all that answers by itself: files, redirects to https, refusals.
    "forum.middleware.ToldToBrowsers",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before whatever reads the request, after what adds headers to every answer.
    "forum.middleware.SensibleInput",
    "forum.middleware.PersonalPages",
    "forum.middleware.FreshAfterSending",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "forum.middleware.SecondFactorForStaff",
    "forum.middleware.TimesAsChosen",
    "forum.middleware.LeaveByPage",
    "forum.middleware.WordsForRefusedMethods",
]
ROOT_URLCONF = "forum.urls"
WSGI_APPLICATION = "forum.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "forum.context.site",
            ],
        },
    }
]
# django-mptt 0.20 makes its own 32-bit key otherwise; every key here may outgrow that.
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Records: one database, SQLite or PostgreSQL -----------------------------------------------------------------
DATABASE_URL = service_url("DATABASE_URL", ("sqlite", "postgres", "postgresql", "pgsql"))
DATABASES = {"default": setting(env.db_url, "DATABASE_URL", {}, "an address such as postgres://user@host/name")}
if not DATABASES["default"]:
    DATABASES["default"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "threshold.sqlite3")}
if not DATABASES["default"]["NAME"]:
    stop("DATABASE_URL names no database; it must end with one, such as postgres://user@host/name.")
DATABASE = DATABASES["default"]
DATABASE["OPTIONS"] = dict(DATABASE.get("OPTIONS") or {})
if DATABASE["ENGINE"].endswith("sqlite3"):
    if DATABASE["NAME"] != ":memory:":
        DATABASE["NAME"] = str(BASE_DIR / DATABASE["NAME"])
        Path(DATABASE["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    # IMMEDIATE: a transaction that will write says so first, or two of them end in "database is locked".
    # FULL: a comment that was acknowledged survives the loss of power (NORMAL may lose the last ones).
    DATABASE["OPTIONS"] |= {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;",
    }
    # Opening the file and setting it up costs more than most pages ask of it, so a thread keeps its connection.
    DATABASE["CONN_MAX_AGE"] = None
else:
    DATABASE["CONN_HEALTH_CHECKS"] = True
    # What a connection was asked a few times before is neither read nor planned anew (docs/decisions/0028).
    if true_or_false("DATABASE_PREPARES", True):
        DATABASE["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}
    # Every thread of a worker may need a connection; one more would only wait, one less would stall a reader.
    DATABASE["OPTIONS"]["pool"] = {
        "min_size": whole_number("DATABASE_POOL_MIN", 1),
        "max_size": whole_number("DATABASE_POOL_MAX", 8, least=1),
        "timeout": 10,
    }
    if DATABASE["OPTIONS"]["pool"]["min_size"] > DATABASE["OPTIONS"]["pool"]["max_size"]:
        stop("DATABASE_POOL_MIN is larger than DATABASE_POOL_MAX, but a pool begins with its least connections.")

# -- Memory: the cache holds nothing that is missed, so it lives in the database and needs no service --------------
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "forum_cache"}}
SESSION_ENGINE = "forum.accounts.adapters"  # its SessionStore

# -- Jobs: with REDIS_URL a real worker, without it in this process after the commit --------------------------------
REDIS_URL = service_url("REDIS_URL", ("redis", "rediss", "unix"))
if REDIS_URL and not REDIS_URL.startswith("unix") and not re.fullmatch(r"/?\d*", urlsplit(REDIS_URL).path):
    stop("REDIS_URL must end with the number of a database, such as redis://host:6379/0.")
# The queue's library has a name of its own for a socket in the file system.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1) or "memory://"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# A message is done with when it arrives: what a worker that dies leaves undone, the timetable finds in the records.
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker for as long as it takes
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than any job may take: a message that a dying connection left behind comes again after this.
    "visibility_timeout": int(timedelta(minutes=15).total_seconds()),
    # A connection that a firewall dropped silently is noticed; a worker waits for work for one second at a time.
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
}
# A hung broker must not hold a reader's post for longer than this; what is not told now, the timetable finds.
BROKER_PATIENCE = timedelta(milliseconds=200).total_seconds()
BROKER_PUBLISH_OPTIONS = {
    "socket_timeout": BROKER_PATIENCE,
    "socket_connect_timeout": BROKER_PATIENCE,
    "connect_retries_timeout": BROKER_PATIENCE,
    "max_retries": 0,
    "health_check_interval": 0,
}

# -- Members --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "forum.accounts.adapters.OneCheck",
    # Only for sessions that began before there was the one above, which lets no other be asked for a password.
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": policy.PASSWORD_MIN},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "forum.accounts.adapters.Unguessable"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
EMAIL_URL = service_url(
    "EMAIL_URL", ("smtp", "smtps", "smtp+tls", "smtp+ssl", "consolemail", "filemail", "memorymail", "dummymail")
)
ACCOUNT_ADAPTER = "forum.accounts.adapters.AccountAdapter"
OWN_FORMS = {
    "login": "SignInForm",
    "signup": "SignUpForm",
    "reauthenticate": "AskAgainForm",
    "add_email": "AddressForm",
    "change_password": "NewPasswordForm",
    "set_password": "FirstPasswordForm",
    "reset_password": "ForgottenForm",
    "reset_password_from_key": "AfterForgettingForm",
}
ACCOUNT_FORMS = {name: f"forum.accounts.forms.{form}" for name, form in OWN_FORMS.items()}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_PREVENT_ENUMERATION = True
# Without a mail server a confirmation could never be read, so it is asked for only where mail is set up.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_USER_DISPLAY = "forum.accounts.rules.shown_name"
ACCOUNT_USERNAME_BLACKLIST = []
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
# Whoever finds a browser signed in must not be able to take the account over.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Changes of password, address and second factor are told by mail, to whoever did not make them.
ACCOUNT_EMAIL_NOTIFICATIONS = True
STAFF_SECOND_FACTOR = true_or_false("STAFF_SECOND_FACTOR", not DEBUG)
MFA_ADAPTER = "forum.accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "forum.accounts.forms.CodeForm",
    "reauthenticate": "forum.accounts.forms.CodeAgainForm",
    "activate_totp": "forum.accounts.forms.AppForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # a code counts for half a minute more: clocks differ
MFA_ALLOW_UNVERIFIED_EMAIL = not EMAIL_URL
# Others who know a member, each as provider://id:secret@. Without any, nothing of them is shown.
SOCIALACCOUNT_PROVIDERS = providers("SIGN_IN_WITH")
INSTALLED_APPS += [
    f"allauth.socialaccount.providers.{name}" for name in sorted({"openid_connect", *SOCIALACCOUNT_PROVIDERS})
]
SOCIALACCOUNT_AUTO_SIGNUP = False  # everybody chooses a name
SOCIALACCOUNT_FORMS = {"signup": "forum.accounts.forms.ProviderSignUpForm"}

# -- Mail -----------------------------------------------------------------------------------------------------------
MAIL = setting(env.email_url, "EMAIL_URL", {}, "an address such as smtp+tls://user:password@host:587")
EMAIL_BACKEND = MAIL.get("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = MAIL.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = MAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = MAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = MAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = MAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = MAIL.get("EMAIL_USE_SSL", False)
# The library takes the slash at the beginning away, which would be a folder wherever the process was started.
EMAIL_FILE_PATH = f"/{MAIL['EMAIL_FILE_PATH']}" if MAIL.get("EMAIL_FILE_PATH") else str(VAR_DIR / "mail")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = words("DEFAULT_FROM_EMAIL", formataddr((SITE_NAME, f"noreply@{SITE_HOST}")))
if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(DEFAULT_FROM_EMAIL)[1]) or not DEFAULT_FROM_EMAIL.isprintable():
    wanted = "an address such as Threshold <noreply@example.org>"
    stop(f"DEFAULT_FROM_EMAIL is {DEFAULT_FROM_EMAIL!r}, but it must be {wanted}.")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# -- Static files ---------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = words("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# -- What browsers are told -----------------------------------------------------------------------------------------
BEHIND_HTTPS = SITE_URL.startswith("https://")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
        "upgrade-insecure-requests": BEHIND_HTTPS,
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
COOKIE_PREFIX = "__Host-" if BEHIND_HTTPS else ""  # browsers take such a name from https and this host only
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
# Nothing here needs a camera; passkeys and copying to the clipboard are for the site's own pages.
FORBIDDEN_FEATURES = [
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen"),
    *("geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi"),
    *("payment", "picture-in-picture", "screen-wake-lock", "serial", "sync-xhr", "usb"),
    "xr-spatial-tracking",
]
OWN_FEATURES = ["clipboard-write", "publickey-credentials-create", "publickey-credentials-get"]
TOLD_TO_BROWSERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": X_FRAME_OPTIONS,
    "Referrer-Policy": SECURE_REFERRER_POLICY,
    "Cross-Origin-Opener-Policy": SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": ", ".join(
        [f"{name}=()" for name in FORBIDDEN_FEATURES] + [f"{name}=(self)" for name in OWN_FEATURES]
    ),
}
SECURE_SSL_REDIRECT = true_or_false("SECURE_SSL_REDIRECT", BEHIND_HTTPS)
BEHIND_PROXY = true_or_false("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Sign-in and posting are slowed down for each address; all would share the proxy's. Of those in X-Forwarded-For only
# the one that the outermost of our own proxies wrote is believed, counted from the end; anybody can send the others.
PROXY_COUNT = whole_number("PROXY_COUNT", 1, least=1)
ALLAUTH_TRUSTED_PROXY_COUNT = PROXY_COUNT if BEHIND_PROXY else 0
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if BEHIND_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_HTTPS
SECURITY_CONTACT = words("SECURITY_CONTACT", "")
if not re.fullmatch(r"(mailto:|https://)[!-~]+|", SECURITY_CONTACT):
    stop(f"SECURITY_CONTACT is {SECURITY_CONTACT!r}, but it must begin with mailto: or https://.")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
MESSAGE_STORAGE = "forum.cookies.Messages"

# -- What the operator reads ----------------------------------------------------------------------------------------
LOG_LEVEL = words("LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    stop(f"LOG_LEVEL is {LOG_LEVEL!r}, but it must be DEBUG, INFO, WARNING, ERROR or CRITICAL.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django sets a level of its own here, under which LOG_LEVEL would not be heard.
        "django": {"level": LOG_LEVEL},
        "django.db.backends": {"level": "INFO"},
        # Anybody can send a foreign Host header; it is answered with 400, and a traceback each would bury real errors.
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
    },
}
CSRF_FAILURE_VIEW = "forum.views.csrf_failure"
