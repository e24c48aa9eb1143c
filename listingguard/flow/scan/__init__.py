"""Roster + sites -> readings, captures and listings: reads the verified sites for the practitioners we may look for.

Unit of work: one page, written in the order in which they were read; where a site's pace leaves no time between two
pages, some share a commit. The pages still to read are rows (`errand`), so a scan that was stopped goes on where it
was. A run of the scan over one host is a row as well: what it says of an absence counts only when nothing about it is in
doubt.

desk (what a run works with) -> errands (which pages), capture (evidence) -> page (one page) -> witness -> run (hosts
from their first page to their last) ; again (what is computed, computed anew)
"""

from listingguard.flow.scan.again import read_again, rebuild
from listingguard.flow.scan.capture import captured
from listingguard.flow.scan.desk import (
    CANARY,
    DIRECTORY,
    PROFILE,
    SEARCH,
    SITEMAP,
    UNHURRIED,
    Desk,
    HostResult,
    Plan,
    Progress,
    pace_of,
)
from listingguard.flow.scan.run import hosts_on, read_host, scan
from listingguard.flow.scan.witness import refuse_witness, verify_witness

__all__ = [
    "CANARY",
    "DIRECTORY",
    "PROFILE",
    "SEARCH",
    "SITEMAP",
    "UNHURRIED",
    "Desk",
    "HostResult",
    "Plan",
    "Progress",
    "captured",
    "hosts_on",
    "pace_of",
    "read_again",
    "read_host",
    "rebuild",
    "refuse_witness",
    "scan",
    "verify_witness",
]
