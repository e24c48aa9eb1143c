"""What the readers of a page need to know of its site; `sites.Site` knows it."""

from __future__ import annotations

from typing import Protocol


class SiteFacts(Protocol):
    """The facts of a site that help to read its pages.

    generic: nobody described this host; what it calls itself is not known.
    profile: what the addresses of its profile pages look like; empty: not known.
    """

    host: str
    name: str
    generic: bool
    profile: str

    def owns(self, url: str) -> bool:
        """Return True when the URL lies on this site; `www.` does not count."""
        ...

    def profile_id(self, url: str) -> str | None:
        """Return the site's own id when the URL is that of a profile page of this site, else None."""
        ...
