"""`python -m dropwire`."""

from dropwire.cli import main

if __name__ == "__main__":
    main()
