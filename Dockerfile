# The API and the worker of a deployment. Nothing of the sandbox's database or the tools is in it.

# By digest, so that nobody can put another image under the same name:
# --build-arg PYTHON_IMAGE=python@sha256:...
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/cabinet
COPY requirements.production.lock .
# Wheels only: the image has no compiler, and building would run code that no hash names.
RUN /opt/cabinet/bin/pip install --require-hashes --only-binary :all: -r requirements.production.lock

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/cabinet/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONPATH=/srv/cabinet
RUN useradd --system --no-create-home --uid 10001 --user-group cabinet
# Where attachments are kept: a volume, which begins as this folder does.
RUN install --directory --owner=cabinet --group=cabinet --mode=700 /files
WORKDIR /srv/cabinet
COPY --from=dependencies /opt/cabinet /opt/cabinet
COPY alembic.ini LICENSE pyproject.toml ./
COPY migrations migrations
COPY app app
USER cabinet
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ.get('CABINET_PORT', '8000') + '/health/live', timeout=2)"]
# uvicorn, with the factory app.main:build. The worker and the migrations are other commands of
# the same image: python -m app.cli worker, python -m app.cli migrate.
CMD ["python", "-m", "app.cli", "serve", "--host", "0.0.0.0"]
