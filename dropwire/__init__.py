"""What a person touches: settings, command line, embedded store.

Layer rule: the top; imports flows, store and transforms. Imports are lazy where they are slow.
"""
