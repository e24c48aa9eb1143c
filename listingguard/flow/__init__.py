"""The one-way flow, a file per step: scan, review, dispatch, inbox, clock, complain."""
