#!/bin/sh
# The worker service: runs the flows of the work pool, each run as a process of its own in this container.
set -eu

# The health endpoint is for this container's health check only.
export PREFECT_WORKER_WEBSERVER_HOST=127.0.0.1
export PREFECT_WORKER_WEBSERVER_PORT=8080

exec prefect worker start --pool dropwire --type process --with-healthcheck
