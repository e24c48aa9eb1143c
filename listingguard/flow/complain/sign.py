"""Who signed a dossier, what the CNIL answered to its filing, and what undid it since."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from listingguard.domain.capture import moment_known
from listingguard.domain.case import REPLIES, Acting, EventKind, State, effective
from listingguard.domain.french import french_day
from listingguard.domain.next_step import FRESH_CAPTURE_DAYS
from listingguard.domain.officer import officer_of
from listingguard.domain.pack import NO_NUMBER, PackState, Place, pack_states, placed
from listingguard.domain.record import CaseRow
from listingguard.errors import BadInput, Refused
from listingguard.flow.complain.papers import keys_of

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


def states(store: Store, case: CaseRow, *, wanted: int, today: date) -> tuple[PackState, ...]:
    """Return where each dossier of a case stands today, oldest first. wanted: how many people sign."""
    clock = store.status(case.id, today).clock
    return pack_states(case.id, store.facts(case.id), wanted=wanted, legal_due=clock.legal.due if clock else None)


def _last(store: Store, case: CaseRow, *, wanted: int, today: date) -> PackState:
    found = states(store, case, wanted=wanted, today=today)
    if not found:
        raise Refused(
            f"Aucune plainte n’est construite pour {case.id}.", [f"la construire : listingguard complain {case.id}"]
        )
    return found[-1]


def sign(store: Store, case: CaseRow, *, second: bool, wanted: int, today: date, at: datetime, actor: str) -> PackState:
    """Sign the last dossier of a case off and return where it stands; signed again by the same person, nothing changes.

    second: by the second of two people, never the first one again. Once everybody signed, it is frozen: what comes
    later makes an addendum. In a council's home one of them is an elected officer in office. Raises Refused with what
    stands in the way.
    """
    pack = _last(store, case, wanted=wanted, today=today)
    if any(s.by == actor and s.second == second for s in pack.signatures):
        return pack
    if pack.void:
        again = (
            "un autre : listingguard pack addendum"
            if pack.addendum
            else "une autre, si elle a encore lieu d’être : listingguard complain"
        )
        raise Refused(f"{pack.the} du dossier {case.id} est sans effet : {pack.void}.", [f"en construire {again} {case.id}"])  # fmt: skip
    if pack.frozen:
        raise Refused(f"{pack.the} du dossier {case.id} est déjà {'signé' if pack.addendum else 'signée'}.", [
            f"pour y ajouter ce qui est arrivé depuis : listingguard pack addendum {case.id}"
        ])  # fmt: skip
    if second and (wanted < 2 or not pack.signatures):
        why = "une seule personne signe ici ([pack] signatures)" if wanted < 2 else "personne n’a encore signé"
        raise Refused(f"Une seconde signature n’a pas lieu d’être : {why}.", [
            f"la première signature : listingguard pack sign {case.id}"
        ])  # fmt: skip
    if pack.signatures and not second:
        raise Refused(f"{pack.the} du dossier {case.id} attend une seconde signature.", [
            f"celle d’une autre personne : listingguard pack sign {case.id} --second"
        ])  # fmt: skip
    if any(s.by == actor for s in pack.signatures):
        raise Refused("La seconde signature est celle d’une autre personne.", [f"une autre personne que {actor}"])
    signers = [*((s.by, s.day) for s in pack.signatures), (actor, today)]
    whole = store.rules.acting is Acting.COUNCIL and len(signers) >= wanted
    if whole and all(officer_of(store.officers(), name, day) is None for name, day in signers):
        raise Refused(f"« {actor} » ne peut pas signer. {pack.the} du dossier {case.id} attend un élu.", [
            "la signature d’un élu habilité ce jour : listingguard --as NOM pack sign …, ou listingguard officer add …"
        ])  # fmt: skip
    now = store.status(case.id, today)
    # That the mandate ended is what the CNIL is told: nothing else holds such an addendum back (law page, part 8).
    built = next(
        f for f in store.facts(case.id) if f.kind is EventKind.PACK_BUILT and f.data.get("sha256") == pack.sha256
    )
    held = now.held if len(now.held) > 1 or built.data.get("undone") != "mandate" else ()
    lacks = [f"le dossier est retenu : {' ; '.join(held)} → listingguard case show {case.id}"] if held else []
    if not pack.addendum and (old := _stale(store, case, today)):
        lacks.append(f"{old} → listingguard scan, ou capture import, puis listingguard complain {case.id}")
    if lacks:
        signed = "signé" if pack.addendum else "signée"
        raise Refused(f"{pack.the} du dossier {case.id} ne peut pas être {signed} aujourd’hui. Il manque :", lacks)
    data = {"number": pack.number, "sha256": pack.sha256, "second": second}
    with store.tx("complain.signed"):
        key = f"{case.id}/{pack.number}/{2 if second else 1}"
        store.add_event(case.id, EventKind.PACK_SIGNED, key=key, day=today, at=at, actor=actor, data=data)
    return _last(store, case, wanted=wanted, today=today)


def _stale(store: Store, case: CaseRow, day: date) -> str:
    """Return what a complaint of that day lacks of a fresh capture, or empty. Source: the law page, part 8, guards."""
    captures = (c for key in keys_of(store.facts(case.id)) for c in store.captures(key))
    seen = [c.day for c in captures if c.day <= day and moment_known(c.manifest)]
    if seen and (day - max(seen)).days <= FRESH_CAPTURE_DAYS:
        return ""
    last = f" ; la dernière est du {french_day(max(seen))}" if seen else ""
    return f"une capture de la fiche de {FRESH_CAPTURE_DAYS} jours au plus{last}"


def file(
    store: Store,
    vault: Vault,
    case: CaseRow,
    *,
    number: str,
    day: date,
    receipt: bytes,
    why: str = "",
    wanted: int,
    today: date,
    at: datetime,
    actor: str,
) -> PackState:
    """Record that the signed dossier was filed: the CNIL's number, the day, its acknowledgement kept in the vault.

    why: the reason, where it was filed without a capture of the last seven days; what was done stays done. Raises Refused
    when nothing signed stands, a council's mandate does not, no capture is fresh and nobody says why, or another filing of it
    is kept; the very same one again changes nothing.
    """
    if day > today:
        raise BadInput(f"Le {french_day(day)} n’est pas encore arrivé : un dépôt se note le jour où il a eu lieu.")
    if not receipt:
        raise BadInput("L’accusé de réception est vide : donnez le fichier que la CNIL a remis.")
    found = states(store, case, wanted=wanted, today=today)
    signed = [pack for pack in found if pack.frozen and not pack.addendum]
    lacks = []
    if not signed:
        lacks.append(f"la signature de la plainte : listingguard pack sign {case.id}")
    elif signed[-1].filed_on is not None and store.status(case.id, day).state is not State.CNIL_READY:
        _same_filing(store, case, signed[-1], number=number, day=day, receipt=receipt, today=today)
        return signed[-1]
    elif signed[-1].void:
        lacks.append(f"une plainte qui tient encore (celle-ci est sans effet : {signed[-1].void})")
    if store.rules.acting is Acting.COUNCIL and store.valid_mandate(case.practitioner, day) is None:
        lacks.append(f"un mandat en cours le {french_day(day)} : listingguard mandate add {case.practitioner} …")
    if not lacks and not why.strip() and (old := _stale(store, case, day)):
        lacks.append(
            f"{old} → listingguard scan, ou capture import, et un additif ; si la plainte est déjà partie, dites pourquoi : "
            "--why PHRASE"
        )
    if lacks:
        raise Refused(f"Le dépôt du dossier {case.id} ne peut pas être enregistré. Il manque :", lacks)
    pack = signed[-1]
    if day < (last := max(s.day for s in pack.signatures)):
        raise BadInput(
            f"La plainte n° {pack.number} a été signée le {french_day(last)} : elle n’a pas pu être déposée le {french_day(day)}."
        )
    proof = vault.put(receipt)
    before = sum(f.kind is EventKind.FILED for f in store.facts(case.id))
    # One that a correction took out keeps its key.
    key = f"{pack.sha256}/{before + 1}" if before else pack.sha256
    data = {"number": number, "pack": pack.sha256} | ({"stale": why.strip()} if why.strip() else {})
    with store.tx("complain.filed"):
        store.add_event(
            case.id, EventKind.FILED, key=key, day=day, at=at, actor=actor, proof=proof, data=data
        )  # fmt: skip
    return next(p for p in states(store, case, wanted=wanted, today=today) if p.number == pack.number)


def _same_filing(
    store: Store, case: CaseRow, pack: PackState, *, number: str, day: date, receipt: bytes, today: date
) -> None:
    """Raise Refused where a filing is kept with another number, day or receipt, and say which and how it is mended."""
    kept = [f for f in effective(store.facts(case.id)) if f.kind is EventKind.FILED][-1]
    new = (number or str(kept.data.get("number", "")), day, sha256(receipt).hexdigest())
    if new == (str(kept.data.get("number", "")), kept.day, kept.proof):
        return
    called = f"n° {kept.data['number']}" if kept.data.get("number") else NO_NUMBER
    raise Refused(
        f"Un dépôt de la plainte n° {pack.number} du dossier {case.id} est déjà enregistré : {called}, le "
        f"{french_day(kept.day)}, accusé de réception d’empreinte {kept.proof[:12]}. Rien n’a été changé.",
        [
            "s’il est faux, le retirer, puis noter le bon dépôt par la même commande : "
            f"listingguard event add {case.id} correction --event {kept.seq} --void --day {today}",
        ],
    )


def place(
    store: Store, case: CaseRow, *, number: int, where: Place, why: str, day: date, at: datetime, actor: str
) -> str:
    """Record into which part a person puts a paper that others wrote or published, and return its title; said twice, it stands.

    number: of the exhibit, in the last dossier built. It holds for what is built from now on: a dossier that is not
    filed yet and has the paper elsewhere is undone. Raises Refused for what is no such paper.
    """
    built = [f for f in effective(store.facts(case.id)) if f.kind is EventKind.PACK_BUILT]
    # An addendum goes on counting after the complaint it completes; a complaint built again counts anew.
    last = max((at for at, f in enumerate(built) if not f.data.get("addendum")), default=0)
    papers = {int(n): (str(sha), str(title)) for f in built[last:] for n, sha, title, _ in f.data.get("papers", ())}
    if number not in papers:
        known = ", ".join(f"n° {n} ({title})" for n, (_, title) in sorted(papers.items()))
        raise Refused(f"La pièce n° {number} du dossier {case.id} ne change pas de partie.", [
            "seuls un document reçu (réponse, preuve de remise) et la copie masquée d’une page en changent, et l’adresse "
            "personnelle jamais : "
            f"{known or f'aucune ; listingguard complain {case.id}'}"
        ])  # fmt: skip
    sha, title = papers[number]
    facts = store.facts(case.id)
    if placed(facts).get(sha) == (where, why):
        return title
    data = {"sha256": sha, "place": where.value, "why": why}
    key = f"{sha}/{sum(f.kind is EventKind.PAPER_PLACED for f in facts) + 1}"
    with store.tx("complain.placed"):
        store.add_event(case.id, EventKind.PAPER_PLACED, key=key, day=day, at=at, actor=actor, data=data)
    return title


def set_aside(store: Store, case: CaseRow) -> tuple[tuple[int, str, str], ...]:
    """Return, of the last dossier built, the papers that stand in the confidential part: number, title, why."""
    built = [f for f in store.facts(case.id) if f.kind is EventKind.PACK_BUILT]
    papers = built[-1].data.get("papers", ()) if built else ()
    return tuple((int(number), str(title), str(why)) for number, _, title, why in papers if why)


def left_out(store: Store, case: CaseRow) -> tuple[str, ...]:
    """Return what the last complaint built does not say though it was typed, in French, with how to say it otherwise."""
    facts = effective(store.facts(case.id))
    built = [f for f in facts if f.kind is EventKind.PACK_BUILT]
    found = tuple(str(each) for each in built[-1].data.get("answer_tells", ())) if built else ()
    typed = [f for f in facts if f.kind in REPLIES and f.data.get("text")]
    if not found or not typed:
        return ()
    last = typed[-1]
    return (
        f"Ce qui a été saisi de la réponse (--text) n’est pas repris dans la plainte : il y est relevé {', '.join(found)}. Pour "
        f"le redire autrement : listingguard event add {case.id} correction --event {last.seq} --void --day {last.day}, "
        f"puis à nouveau listingguard event add {case.id} {last.kind.value} --day {last.day} --proof FICHIER --text TEXTE",
    )


def name_lawyer(store: Store, case: CaseRow, *, name: str, email: str, day: date, at: datetime, actor: str) -> bool:
    """Record who represents the person from a day on; an empty name: nobody any more. False: already said."""
    data = {"name": name, "email": email}
    with store.tx("complain.lawyer"):
        key = f"{day.isoformat()}/{email or name or '-'}"
        return store.add_event(case.id, EventKind.LAWYER_NAMED, key=key, day=day, at=at, actor=actor, data=data)
