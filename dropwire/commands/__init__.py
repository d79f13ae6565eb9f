"""The commands, a module for each kind; dropwire/cli.py lists them."""
