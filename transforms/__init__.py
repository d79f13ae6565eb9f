"""Pure text to document: bytes become items, items become documents.

Layer rule: imports the standard library and language libraries only, nothing of ours, neither Prefect
nor pymongo; reads no environment, clock or network. What varies is passed in.
"""
