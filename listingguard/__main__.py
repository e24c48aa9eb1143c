"""`python -m listingguard`: the same as the installed program."""

from listingguard.cli import entry

entry()
