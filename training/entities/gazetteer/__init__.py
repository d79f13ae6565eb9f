"""Makes transforms/entities/names.npz, the names that linking knows; README.md is its card."""
