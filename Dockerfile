# Two stages: the first installs the locked dependencies, the second carries only what runs.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/burnish
RUN python -m venv /opt/burnish
COPY requirements.txt ./
RUN /opt/burnish/bin/pip install --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md ./
COPY app ./app
COPY connectors ./connectors
COPY jobs ./jobs
COPY migrations ./migrations
# Editable on purpose: the code stays one readable tree, and migrations are found beside it.
RUN /opt/burnish/bin/pip install --no-deps --no-build-isolation --editable .

FROM python:3.11-slim
ENV PATH=/opt/burnish/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    BURNISH_DATABASE_URL=sqlite:////data/burnish.db
RUN useradd --system --uid 10001 --home-dir /data burnish \
    && mkdir /data && chown burnish /data
COPY --from=build /opt/burnish /opt/burnish
COPY --from=build /srv/burnish /srv/burnish
USER burnish
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["burnish"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
