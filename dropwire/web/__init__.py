"""The web application: the HTTP API under `/api/v1/`, and pages for people at `/`.

Only `dropwire web` imports this package. It asks the store through store.queries and its neighbours, and writes no
MongoDB queries itself.
"""
