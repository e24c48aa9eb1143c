"""RDFa to schema.org objects: `typeof`, `property`, `resource`; only what booking sites use of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from listingguard.domain.listing import Page
from listingguard.pages.microdata import Attributes, objects_of

_RDFA = Attributes("typeof", "typeof", "property", ("resource", "about"))


def rdfa(page: Page) -> Iterable[Mapping[str, Any]]:
    """Return the objects that a page's RDFa says, in page order; none without `typeof`.

    Vocabularies and prefixes are not told apart: `schema:name`, `foaf:name` and `name` under a `vocab` are one.
    """
    return objects_of(page, _RDFA)
