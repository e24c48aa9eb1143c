"""Cases + fresh captures -> the complaint to the CNIL and its exhibits, signed, filed; or what is still missing.

file (one case written up) -> build (the files that leave) ; sign (who signed, what was filed, what undid it)
"""

from listingguard.flow.complain.build import NO_PROCEEDINGS, addendum, build, commands, joint, missing
from listingguard.flow.complain.file import ANNEX, CONFIRMED, Leaving, Writer
from listingguard.flow.complain.sign import file, name_lawyer, sign, states

__all__ = [
    "ANNEX",
    "CONFIRMED",
    "NO_PROCEEDINGS",
    "Leaving",
    "Writer",
    "addendum",
    "build",
    "commands",
    "file",
    "joint",
    "missing",
    "name_lawyer",
    "sign",
    "states",
]
