#!/bin/sh
# The worker service: runs the flows of the work pool, each run as a process of its own in this container.
set -eu

# The health endpoint is for this container's health check only.
export PREFECT_WORKER_WEBSERVER_HOST=127.0.0.1
export PREFECT_WORKER_WEBSERVER_PORT=8080

# Prefect configures logging before any code of ours runs, here and in each run.
if [ "${DROPWIRE_LOG_FORMAT:-text}" = json ]; then
    export PREFECT_LOGGING_SETTINGS_PATH="$PWD/flows/logging.yml"
fi

exec prefect worker start --pool dropwire --type process --with-healthcheck
