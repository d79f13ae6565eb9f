#!/bin/sh
# Entry point of the mongo service: makes the key file once, then hands over to the image's own entry point.
#
# A replica set with authentication needs a key file even when it has one member. It lives in the
# volume on /data/configdb, so that it is made once and is never in the repository.
#
# MONGO_INITDB_ROOT_USERNAME is not set on purpose: the image would then start a temporary server of its
# own, and a container stopped in the middle of that leaves a volume that never gets its users.
# docker/mongo-setup.js does the same work in steps that can be repeated.
set -eu

keyfile=/data/configdb/keyfile

if [ ! -s "$keyfile" ]; then
    echo "dropwire: making the replica set's key file in $keyfile"
    umask 077
    # 756 bytes are 1008 base64 characters; mongod takes 6 to 1024.
    head -c 756 /dev/urandom | base64 > "$keyfile.new"
    mv "$keyfile.new" "$keyfile"
fi
# mongod refuses a key file that others can read, and runs as the user mongodb.
chmod 400 "$keyfile"
chown mongodb:mongodb "$keyfile"

exec docker-entrypoint.sh "$@" --keyFile "$keyfile"
