# One image for the web server, the worker and the timetable; docker-compose.yml says which is which.
FROM python:3.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /srv/threshold

# The packages change less often than the code, so they have a layer of their own.
COPY requirements/base.txt requirements/base.txt
RUN python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt

COPY manage.py ./
COPY forum forum
COPY comments comments
COPY moderation moderation
COPY stories stories
COPY templates templates
COPY static static

# The key is needed to start at all; this one never leaves the build and signs nothing.
RUN SECRET_KEY=only-while-the-image-is-built-and-never-used-after python manage.py collectstatic --noinput \
    && python -m compileall -q forum comments moderation stories \
    && useradd --system --uid 10001 --home-dir /srv/threshold --shell /usr/sbin/nologin threshold \
    && install -d -o threshold -g threshold var

USER threshold
EXPOSE 8000
VOLUME /srv/threshold/var

# The site answers only to its own name and, behind the proxy, only as https.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import os, urllib.parse as p, urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': p.urlsplit(os.environ['SITE_URL']).netloc, 'X-Forwarded-Proto': 'https'}), timeout=4)"]

CMD ["python", "-m", "gunicorn", "forum.wsgi:application", "--worker-class", "gthread", "--threads", "4", "--timeout", "30", "--keep-alive", "0", "--no-control-socket", "--access-logfile", "-", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm"]
