"""Every date of a case with its whole working, and its drawn time line, in French lines; nothing is computed anew here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from listingguard.domain.alarm import WATCH_MONTHS, rereadings
from listingguard.domain.case import LATE, REPLIES, Clock, EventKind, Fact, Rules, State, Status, effective
from listingguard.domain.deadline import Basis, Deadline, add_months
from listingguard.domain.french import NBSP, french_day

_PROOFS = REPLIES | {EventKind.RECEIVED, EventKind.ACKNOWLEDGED, EventKind.PRIOR_REQUEST_RECORDED}
_PRESUMING = (EventKind.RECEIPT_PRESUMED, EventKind.REQUEST_SENT, EventKind.PRIOR_REQUEST_RECORDED)


def explained(now: Status, facts: Sequence[Fact], rules: Rules) -> tuple[str, ...]:
    """Return how each date of a case was found: start and its proof, month, suspension, days passed over, source.

    Empty while no request left by e-mail and none is known to have arrived. The dates that were told before and hold no
    longer come last, with the reason they moved.
    """
    lines: list[str] = []
    clock = now.clock
    if clock is not None:
        proof = receipt_proof(now, facts)
        shown = f" — pièce {proof.proof[:12]}…" if proof and proof.proof else ""
        said = f"{proof.kind.label}, événement n°{NBSP}{proof.seq}{shown}" if proof else "jour de l’envoi du courriel"
        latest = at_latest(proof, now.sent_on)
        by = " au plus tard ce jour-là" if latest else ""
        lines.append(f"Point de départ : {french_day(clock.receipt)}, réception {clock.basis.label}{by} ({said}).")
        if clock.presumed_receipt is not None:
            lines.append(f"  Présumée d’abord le {french_day(clock.presumed_receipt)}.")
            if latest and clock.legal_presumed is not None:
                without = clock.legal_presumed.months < clock.legal.months
                told = ", sans la prolongation, annoncée après elle" if without else ""
                if clock.legal_presumed.suspended < clock.legal.suspended:
                    told += ", sans la suspension, demandée après elle"
                lines.append(
                    f"  Présumée reçue ce jour-là : échéance légale le {french_day(clock.legal_presumed.due)}{told} ; au plus tard le "
                    f"{french_day(clock.receipt)} : échéance légale le {french_day(clock.legal.due)}, la date retenue."
                )
        lines += calendar_used(clock, rules)
        lines += _worked("Échéance légale", clock.legal, clock, rules)
        if clock.without_pause.due != clock.legal.due:
            lines += _worked(
                "La même sans la suspension (la plus tardive est retenue)", clock.without_pause, clock, rules
            )
        lines += _extension(now, facts)
        lines += _worked("Repère du conseil", clock.council, clock, rules)
        gate = clock.gate_due(rules.gate)
        lines.append(f"Plainte préparée d’elle-même après le {french_day(gate)} (réglage : {rules.gate.label}).")
    if now.cnil_reminder is not None:
        lines.append(
            f"CNIL : trois mois sans nouvelles le {french_day(now.cnil_reminder)} (décret n° 2019-536, article 10) ; simple "
            "rappel, consulter un avocat."
        )
    if now.appeal_by is not None:
        lines.append(f"Recours : deux mois, vers le {french_day(now.appeal_by)} ; simple rappel, consulter un avocat.")
    for fact in effective(facts):
        if fact.kind is EventKind.DUE_CHANGED and fact.day <= now.day:
            lines += _moved(fact)
    return tuple(lines)


def receipt_proof(now: Status, facts: Sequence[Fact], *, without: Collection[str] = ()) -> Fact | None:
    """Return the event that fixed the day of receipt, or from which it is presumed; None where nothing tells.

    without: papers that cannot be shown; where another one proves the same day, it is that one.
    """
    if now.clock is None:
        return None
    held = [f for f in effective(facts) if f.day <= now.day and f.seq not in now.ignored]
    if now.clock.basis is Basis.PROVEN:
        shown = [f for f in held if f.proof not in without]
        found_shown = _on(shown, _PROOFS, "received_on", now.clock.receipt)
        return found_shown or _on(held, _PROOFS, "received_on", now.clock.receipt)
    found = (_on(held, {kind}, "sent_on", now.clock.receipt) for kind in _PRESUMING)
    return next((fact for fact in found if fact), None)


def at_latest(proof: Fact | None, sent_on: date | None) -> bool:
    """Return True where a proof shows that a request had arrived by its day, and not on which day.

    A message of the platform that states no day of receipt: the law page, part 8. What left that very day arrived then.
    """
    return (
        proof is not None
        and proof.kind in REPLIES | {EventKind.ACKNOWLEDGED}
        and not proof.data.get("received_on")
        and (sent_on is None or sent_on < proof.day)
    )


def worked_from(working: Sequence[str], *, latest: bool) -> tuple[str, ...]:
    """Return the working of a deadline; latest: its first line says that the day of receipt is the latest possible one."""
    if not latest or not working:
        return tuple(working)
    return (working[0].replace(") le ", ") au plus tard le ", 1), *working[1:])


def calendar_used(clock: Clock, rules: Rules) -> tuple[str, ...]:
    """Return in French sentences whose public holidays the dates are counted with, and what is unsure about them.

    The territory, or the country of a controller established abroad, where the later date is acted on. For the screen
    and for the complaint alike. Source: Reg. 1182/71 art. 2; the law page, parts 2 and 9.
    """
    home, place = rules.calendar or "celui de config.toml", clock.place
    if place is None:
        return (f"Calendrier des jours fériés : {home}.",)
    if not place.abroad:
        return (f"Calendrier des jours fériés : {place.name}, où le responsable est établi.",)
    said = (
        f"Calendriers des jours fériés : {home}, et {place.name}, où le responsable est établi.",
        f"ATTENTION : responsable établi hors de France ({place.name}) ; chaque date est la plus tardive des "
        "deux pays, et les fêtes régionales ne sont pas comptées (règlement n° 1182/71, article 2).",
    )
    return said if place.holidays else (*said, "Les jours fériés de ce pays ne sont pas connus : une personne vérifie.")


@dataclass(frozen=True)
class HolidaysUsed:
    """The public holidays of one period, each with its French name, in order of day.

    fell: those after the day of receipt, up to the last day to answer. moved: those of them that put that day off. Both
    empty: none fell; a weekend may still have put it off, as the working says.
    """

    fell: tuple[tuple[date, str], ...]
    moved: tuple[tuple[date, str], ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what to say of them, in French: two sentences, or one where none fell."""
        if not self.fell:
            return ("Jours fériés tombés dans la période : aucun.",)
        moved = _days(self.moved) or "aucun"
        return (
            f"Jours fériés tombés dans la période : {_days(self.fell)}.",
            f"Jours fériés qui reportent la date : {moved}.",
        )


def holidays_used(end: Deadline, clock: Clock, rules: Rules) -> HolidaysUsed:
    """Return the public holidays with which one date of a clock was counted: of its period, and those that moved it.

    end: a date of that clock. Where the controller is abroad, those of both countries.
    """
    calendars = [clock.place.holidays] if clock.place is not None else []
    if clock.place is None or clock.place.abroad:
        calendars.insert(0, rules.holidays)
    fell: list[tuple[date, str]] = []
    day = end.start + timedelta(days=1)
    while day <= end.due:
        names = dict.fromkeys(calendar[day] for calendar in calendars if day in calendar)
        if names:
            fell.append((day, ", ".join(names)))
        day += timedelta(days=1)
    return HolidaysUsed(tuple(fell), tuple(each for each in fell if each[0] >= end.raw and end.due != end.raw))


def _days(found: Sequence[tuple[date, str]]) -> str:
    return ", ".join(f"{french_day(day)} ({name})" for day, name in found)


def _on(facts: Sequence[Fact], kinds: Collection[EventKind], stated: str, day: date) -> Fact | None:
    """Return the first of these facts that states that day, or fell on it where it states none."""
    return next((f for f in facts if f.kind in kinds and str(f.data.get(stated) or f.day) == day.isoformat()), None)


def _worked(title: str, end: Deadline, clock: Clock, rules: Rules) -> Iterator[str]:
    yield f"{title} : {french_day(end.due)} ({end.basis})."
    yield from (f"  {line}" for line in (*end.working, *holidays_used(end, clock, rules).sentences))


def _extension(now: Status, facts: Sequence[Fact]) -> Iterator[str]:
    for fact in effective(facts):
        if fact.kind is EventKind.EXTENSION_NOTIFIED and fact.day <= now.day:
            valid = now.clock is not None and now.clock.extended
            yield (
                f"Prolongation annoncée le {french_day(fact.day)}{' avec ses raisons' if fact.data.get('reasoned') else ', sans motif'} : "
                + (
                    "valable, trois mois depuis la réception."
                    if valid
                    else "elle ne vaut pas, l’échéance d’un mois demeure."
                )
            )


def _moved(fact: Fact) -> Iterator[str]:
    yield f"Recalculé le {french_day(fact.day)} : {fact.data.get('reason') or 'raison effacée'}."
    for name, label in (("legal", "échéance légale"), ("council", "repère du conseil")):
        before, after = (date.fromisoformat(d) if d else None for d in fact.data.get(name) or (None, None))
        if before != after:
            was, new = (french_day(day) if day else "aucune date" for day in (before, after))
            yield f"  {label} : {was}, puis {new}."


def time_line(now: Status, facts: Sequence[Fact]) -> tuple[str, ...]:
    """Return the case as a drawn line of days: what happened (●), today (▶), what comes (○), oldest first.

    The number is the event's, by which a correction names it.
    """
    rows: list[tuple[date, int, int, str]] = []
    for fact in facts:
        mark = " (sans effet)" if fact.seq in now.ignored else ""
        proof = f" — pièce {fact.proof[:12]}…" if fact.proof else ""
        rows.append((fact.day, 0, fact.seq, f"● {fact.seq:>3}  {fact.kind.label}{mark}{proof}"))
    rows.append((now.day, 1, 0, f"▶      aujourd’hui : {now.state.label}"))
    for day, text in _to_come(now):
        passed = day < now.day
        rows.append(
            (day, 0 if passed else 2, 10**6, f"{'●' if passed else '○'}      {text}{', passé' if passed else ''}")
        )
    lines, before = [], None
    for day, _, _, text in sorted(rows):
        if before is not None and (day - before).days > 1:
            lines.append(f"  {'':<10}  │")
        lines.append(f"  {f'{day:%d/%m/%Y}' if day != before else '':<10}  {text}")
        before = day
    return tuple(lines)


def _to_come(now: Status) -> Iterator[tuple[date, str]]:
    if now.clock is not None and now.state not in (State.ERASED, State.CLOSED):
        yield now.clock.legal.due, "échéance légale, dernier jour"
        yield now.clock.council.due, "repère du conseil, dernier jour"
    if now.claimed_erased_on is not None and now.state in LATE:
        yield from ((day, "relire la page") for day in rereadings(now.claimed_erased_on))
    if now.state is State.ERASED and now.erased_on is not None:
        yield add_months(now.erased_on, WATCH_MONTHS), "fin de la surveillance"
    if now.cnil_reminder is not None:
        yield now.cnil_reminder, "trois mois sans nouvelles de la CNIL (rappel)"
    if now.appeal_by is not None:
        yield now.appeal_by, "deux mois pour contester (rappel)"
