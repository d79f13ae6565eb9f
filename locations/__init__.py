"""Drop locations: what lies there, whether it is complete, and its bytes.

Layer rule: knows neither Prefect nor MongoDB; of our own packages it imports transforms.document only.
"""
