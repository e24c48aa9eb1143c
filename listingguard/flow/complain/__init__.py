"""Cases + fresh captures -> the complaint to the CNIL and its exhibits, signed, filed; or what is still missing.

writer (who signs, with which tools) ; papers -> placing (in which part) -> exhibits -> file (one case written up) ; lacks (what
is still missing) -> build (the files that leave) ; declaration (what the person signs) ; sign (who signed, what was filed, what undid it)
"""

from listingguard.flow.complain.build import addendum, build, joint
from listingguard.flow.complain.declaration import add_declaration, check_declaration, declaration_to_sign
from listingguard.flow.complain.exhibits import ANNEX
from listingguard.flow.complain.file import CONFIRMED
from listingguard.flow.complain.lacks import advice, attestation, commands, declared_proceedings, missing
from listingguard.flow.complain.sign import file, left_out, name_lawyer, place, set_aside, sign, states
from listingguard.flow.complain.writer import Leaving, Writer

__all__ = [
    "ANNEX",
    "CONFIRMED",
    "Leaving",
    "Writer",
    "add_declaration",
    "addendum",
    "advice",
    "attestation",
    "build",
    "check_declaration",
    "commands",
    "declaration_to_sign",
    "declared_proceedings",
    "file",
    "joint",
    "left_out",
    "missing",
    "name_lawyer",
    "place",
    "set_aside",
    "sign",
    "states",
]
