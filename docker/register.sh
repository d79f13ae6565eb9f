#!/bin/sh
# The deploy service: makes the work pool where it is missing and registers what prefect.yaml describes.
# Running it again changes nothing that is not changed in prefect.yaml.
set -eu

pool=dropwire

# Not --overwrite: that would undo what somebody set on the pool in the UI, a pause included.
if ! prefect work-pool inspect "$pool" > /dev/null 2>&1; then
    prefect work-pool create "$pool" --type process
fi
exec prefect --no-prompt deploy --all
