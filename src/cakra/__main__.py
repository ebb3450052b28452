"""`python -m cakra` and the `cakra` command."""

from cakra.cli import main

if __name__ == "__main__":
    main()
