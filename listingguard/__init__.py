"""listingguard: health professionals out of booking sites that list them without asking."""

__version__ = "0.1.0"
