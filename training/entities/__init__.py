"""Training of the entity model. Never imported at run time."""
