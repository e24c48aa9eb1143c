"""Addresses of pages: compared, tidied, made absolute; nothing is fetched."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from listingguard.domain.listing import Page
from listingguard.domain.names import fold

# What follows a visitor around and changes nothing on the page.
_TRACKING = re.compile(r"utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|_ga|pid|bookingFunnelSource", re.IGNORECASE)


def bare_host(host: str) -> str:
    """Return the host in small letters, without `www.` or a final dot."""
    return host.lower().rstrip(".").removeprefix("www.")


def host_of(url: str) -> str:
    """Return the host of a URL, without `www.` or port; empty when there is none."""
    try:
        return bare_host(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def path_of(url: str) -> str:
    """Return the path of a URL without its final slash; `/` for the front page or a URL that is none."""
    try:
        return urlsplit(url).path.rstrip("/") or "/"
    except ValueError:
        return "/"


def tidy_url(url: str) -> str:
    """Return the URL without fragment and without the parameters that only follow a visitor.

    >>> tidy_url("https://rdv.example/kine/valence/camille-exemple?pid=practice-1&utm_source=x#avis")
    'https://rdv.example/kine/valence/camille-exemple'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k)]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def slug(text: str) -> str:
    """Return a town or a name as URLs write it.

    >>> slug("Saint-Rambert-d’Albon")
    'saint-rambert-d-albon'
    """
    return fold(text).replace(" ", "-")


def absolute(url: str, page: Page) -> str:
    """Return the URL made absolute against the page; empty unless it is http or https."""
    try:
        joined = urljoin(page.final_url, url.strip())
        parts = urlsplit(joined)
        return joined if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""
