"""Prefect flows and tasks that join store and transforms.

Layer rule: imports store and transforms, never dropwire. Prefect loads `flows/x.py:flow` as the top-level
module `x`, so a file with a flow is named verb_noun, imports absolutely and holds no classes.
"""
