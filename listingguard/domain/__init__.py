"""What listingguard knows about people, listings, cases and the law: no clock, file, socket or database."""
