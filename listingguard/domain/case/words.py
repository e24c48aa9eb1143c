"""The words of a case: who writes, where it stands, what may happen in it, each with its French label."""

from __future__ import annotations

from enum import StrEnum


class Acting(StrEnum):
    """Who writes: the practitioner alone, or the council under a mandate."""

    SELF = "self"
    COUNCIL = "council"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"self": "le praticien lui-même", "council": "le conseil de l’Ordre, sur mandat"}[self.value]


class Gate(StrEnum):
    """When a complaint is drafted without being asked: after the law's month, or after the council's two."""

    LEGAL = "legal"
    COUNCIL = "council"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"legal": "échéance légale", "council": "repère du conseil"}[self.value]


class State(StrEnum):
    """Where a case stands."""

    DETECTED = "detected"
    CONFIRMED = "confirmed"
    MANDATED = "mandated"
    DRAFTED = "drafted"
    SENT = "sent"
    RUNNING = "running"
    ID_PENDING = "id_pending"
    EXTENDED = "extended"
    ERASED = "erased"
    PARTIAL = "partial"
    REFUSED = "refused"
    OVERDUE = "overdue"
    CNIL_READY = "cnil_ready"
    FILED = "filed"
    CNIL_PENDING = "cnil_pending"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return _STATE_LABELS[self.value]


_STATE_LABELS = {
    "detected": "Repérée",
    "confirmed": "Confirmée",
    "mandated": "Mandat reçu",
    "drafted": "Courrier prêt",
    "sent": "Envoyé, réception à prouver",
    "running": "Délai en cours",
    "id_pending": "Justificatif demandé",
    "extended": "Délai prolongé",
    "erased": "Retrait observé",
    "partial": "Réponse partielle",
    "refused": "Refus",
    "overdue": "Sans réponse",
    "cnil_ready": "Plainte à signer",
    "filed": "Plainte déposée",
    "cnil_pending": "En cours à la CNIL",
    "closed": "Clos",
}


class EventKind(StrEnum):
    """What may happen in a case."""

    DETECTED = "detected"
    FINDING_ADDED = "finding_added"
    ASKED = "asked"
    ANSWERED = "answered"
    LISTING_CONFIRMED_BY_KINE = "listing_confirmed_by_kine"
    AUTHORISED = "authorised"
    NOT_ME = "not_me"
    GONE_BEFORE_REQUEST = "gone_before_request"
    MANDATE_SIGNED = "mandate_signed"
    MANDATE_EXPIRED = "mandate_expired"
    MANDATE_REVOKED = "mandate_revoked"
    ADDRESSEE_CHOSEN = "addressee_chosen"
    LETTER_PREPARED = "letter_prepared"
    REQUEST_APPROVED = "request_approved"
    LETTER_APPROVED = "letter_approved"
    LETTER_SENT = "letter_sent"
    LETTER_WITHDRAWN = "letter_withdrawn"
    PRIOR_REQUEST_RECORDED = "prior_request_recorded"
    REQUEST_SENT = "request_sent"
    DISPATCH_FAILED = "dispatch_failed"
    DISPATCH_UNKNOWN = "dispatch_unknown"
    DISPATCH_NOT_SENT = "dispatch_not_sent"
    RECEIPT_PRESUMED = "receipt_presumed"
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    BOUNCED = "bounced"
    REFUSED_DELIVERY = "refused_delivery"
    UNCLAIMED = "unclaimed"
    NOT_AT_ADDRESS = "not_at_address"
    ID_REQUESTED = "id_requested"
    ID_SUPPLIED = "id_supplied"
    PRECISION_ASKED = "precision_asked"
    WRONG_CHANNEL = "wrong_channel"
    EXTENSION_NOTIFIED = "extension_notified"
    ERASED_CLAIMED = "erased_claimed"
    CLAIM_DISPROVED = "claim_disproved"
    ERASED_VERIFIED = "erased_verified"
    PARTIAL = "partial"
    REFUSAL = "refusal"
    PACK_REQUESTED = "pack_requested"
    PACK_BUILT = "pack_built"
    PACK_SIGNED = "pack_signed"
    PAPER_PLACED = "paper_placed"
    LAWYER_NAMED = "lawyer_named"
    DECLARATION_SIGNED = "declaration_signed"
    FILED = "filed"
    CNIL_ACK = "cnil_ack"
    CNIL_INFO_REQUEST = "cnil_info_request"
    CNIL_TOLD = "cnil_told"
    CNIL_CLOSED = "cnil_closed"
    CNIL_REJECTED = "cnil_rejected"
    AGREEMENT_FOUND = "agreement_found"
    DECEASED = "deceased"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    WITHDRAWAL_TOLD = "withdrawal_told"
    CONTROLLER_CHANGED = "controller_changed"
    DUE_CHANGED = "due_changed"
    HOLD = "hold"
    RELEASE = "release"
    REAPPEARED = "reappeared"
    WATCH_OVER = "watch_over"
    CORRECTION = "correction"

    @property
    def label(self) -> str:
        """Return the French words shown on screen and in the chronology."""
        return _EVENT_LABELS[self.value]


_EVENT_LABELS = {
    "detected": "fiche repérée",
    "finding_added": "autre fiche repérée",
    "asked": "question posée à la personne concernée",
    "answered": "réponse de la personne concernée",
    "listing_confirmed_by_kine": "la personne concernée se reconnaît et déclare n’avoir donné aucun accord",
    "authorised": "un accord existe",
    "not_me": "la personne ne se reconnaît pas",
    "gone_before_request": "fiche absente avant toute demande",
    "mandate_signed": "mandat signé",
    "mandate_expired": "mandat arrivé à son terme",
    "mandate_revoked": "mandat révoqué",
    "addressee_chosen": "destinataire de la demande choisi",
    "letter_prepared": "courrier préparé",
    "request_approved": "demande approuvée",
    "letter_approved": "courrier approuvé",
    "letter_sent": "courrier envoyé",
    "letter_withdrawn": "courrier retiré avant l’envoi",
    "prior_request_recorded": "demande antérieure enregistrée",
    "request_sent": "demande envoyée",
    "dispatch_failed": "envoi impossible",
    "dispatch_unknown": "envoi incertain",
    "dispatch_not_sent": "envoi reconnu non parti",
    "receipt_presumed": "réception présumée",
    "received": "réception prouvée",
    "acknowledged": "accusé de réception",
    "bounced": "courriel non remis",
    "refused_delivery": "courrier refusé par le destinataire",
    "unclaimed": "courrier non réclamé",
    "not_at_address": "courrier retourné, destinataire inconnu à l’adresse (NPAI)",
    "id_requested": "justificatif d’identité demandé",
    "id_supplied": "justificatif d’identité fourni",
    "precision_asked": "précision demandée par la plateforme",
    "wrong_channel": "la plateforme renvoie vers un autre canal",
    "extension_notified": "prolongation annoncée",
    "erased_claimed": "la plateforme dit avoir effacé",
    "claim_disproved": "la fiche est encore affichée malgré l’annonce",
    "erased_verified": "retrait observé",
    "partial": "réponse partielle",
    "refusal": "refus",
    "pack_requested": "plainte demandée",
    "pack_built": "plainte et pièces construites",
    "pack_signed": "plainte et pièces signées",
    "paper_placed": "pièce changée de partie",
    "lawyer_named": "avocat désigné",
    "declaration_signed": "déclaration signée de la personne concernée",
    "filed": "plainte déposée",
    "cnil_ack": "accusé de réception de la CNIL",
    "cnil_info_request": "la CNIL demande des précisions",
    "cnil_told": "la CNIL a été informée",
    "cnil_closed": "la CNIL a clos la plainte",
    "cnil_rejected": "la CNIL a rejeté la plainte",
    "agreement_found": "un contrat ou un compte existe",
    "deceased": "décès de la personne concernée",
    "withdrawn": "la personne concernée renonce",
    "duplicate": "dossier en double",
    "withdrawal_told": "retrait de la demande écrit à la plateforme",
    "controller_changed": "l’exploitant de la plateforme a changé",
    "due_changed": "échéances recalculées",
    "hold": "dossier suspendu",
    "release": "dossier repris",
    "reappeared": "fiche réapparue",
    "watch_over": "fin de la surveillance",
    "correction": "rectification",
}


class CaseOutcome(StrEnum):
    """What came of a case so far, whatever its state: the second axis. Computed, never stored."""

    NONE = "none"
    CLAIMED = "claimed"
    SILENT = "silent"
    PARTIAL = "partial"
    REFUSED = "refused"
    DISPROVED = "disproved"
    ERASED = "erased"
    GONE = "gone"
    AGREED = "agreed"
    NOT_ME = "not_me"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    DECEASED = "deceased"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "none": "rien encore",
            "claimed": "effacement annoncé, à vérifier",
            "silent": "silence de la plateforme",
            "partial": "réponse partielle",
            "refused": "refus de la plateforme",
            "disproved": "effacement annoncé, fiche encore affichée",
            "erased": "retrait observé",
            "gone": "fiche absente avant toute demande",
            "agreed": "un accord existe",
            "not_me": "la personne ne se reconnaît pas",
            "withdrawn": "la personne renonce",
            "duplicate": "dossier en double",
            "deceased": "décès de la personne",
        }[self.value]
