"""Programs that make the model files.

Layer rule: never imported at run time. Imports of ours only what the model must have in common with the run time
(transforms.language); each program has its own requirements, none of which is in the project's lock.
"""
