"""`python -m marketplace.cli` is `marketplace`."""

from marketplace.cli import main

main(prog_name="marketplace")
