# The image of the deploy and worker services. Both pip calls are exact: the first installs the lock file
# by its hashes, the second Dropwire itself with the setuptools that the lock file names.
FROM python:3.12-slim AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/dropwire
ENV PATH=/opt/dropwire/bin:$PATH

WORKDIR /src
COPY requirements.lock ./
# Wheels only: building a source package would fetch build tools that no hash covers.
RUN pip install --no-deps --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY dropwire dropwire
COPY flows flows
COPY locations locations
COPY store store
COPY transforms transforms
RUN pip install --no-deps --no-build-isolation .


FROM python:3.12-slim

RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin dropwire
COPY --from=build /opt/dropwire /opt/dropwire

# Prefect loads the flows from files; everything else comes from the installed packages.
WORKDIR /app
COPY prefect.yaml ./
COPY flows flows
COPY docker/register.sh docker/worker.sh docker/
# prefect.yaml looks for drops in drops/; here that is what is mounted on /drops.
RUN mkdir /drops && ln -s /drops drops

ENV PATH=/opt/dropwire/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OPENBLAS_NUM_THREADS=1 \
    DO_NOT_TRACK=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false

USER dropwire
CMD ["sh", "docker/worker.sh"]
