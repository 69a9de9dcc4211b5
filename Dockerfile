# The same lock as ./quickstart, in an image that runs as an ordinary user. One image, several commands
# (docker-compose.yml). For CUDA: docker build --build-arg TORCH_BACKEND=auto --build-arg BASE=<an image with CUDA>.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}

ARG TORCH_BACKEND=cpu
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VIRTUAL_ENV=/opt/gavel PATH=/opt/gavel/bin:$PATH

WORKDIR /srv/gavel
COPY requirements.txt ./
RUN python3 -m venv /opt/gavel \
    && pip install --no-cache-dir uv==0.13.9 \
    && UV_TORCH_BACKEND=${TORCH_BACKEND} uv pip install --no-cache --requirements requirements.txt

RUN useradd --system --create-home --uid 10001 gavel \
    && install --directory --owner gavel --mode 0700 /var/lib/gavel
COPY --chown=root:root . .
RUN python -c "from pathlib import Path; from config.messages import compile_messages; compile_messages(Path('.'))"

USER gavel
ENV GAVEL_VAR=/var/lib/gavel
VOLUME /var/lib/gavel
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--timeout", "120", "--preload", "--no-control-socket", \
     "--worker-tmp-dir", "/dev/shm"]
