"""Rosters and listings with their truth, from two generators that share nothing, in the types of the matcher.

`population_world` wraps `population.py`, written independently of the matcher; `other_world` is a smaller one of the
matcher's own hand, so that the weights do not learn the habits of one generator.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import population

from listingguard.domain.listing import Listing, Place
from listingguard.domain.names import fold
from listingguard.domain.places import phones_in
from listingguard.domain.practitioner import Civility, Practice, Practitioner


@dataclass(frozen=True)
class Page:
    """A listing and the practitioner it is about, or None; `kind` names the difficulty."""

    listing: Listing
    truth: str | None
    kind: str


@dataclass(frozen=True)
class Judged:
    """A roster and pages with their truth. source: what `population.perfect` reads, where it made them."""

    roster: tuple[Practitioner, ...]
    pages: tuple[Page, ...]
    source: population.World | None = None

    def beside(self) -> list[list[Listing]]:
        """Return, for each page, the listings that share its address on the web."""
        shared: dict[str, list[Listing]] = {}
        for page in self.pages:
            shared.setdefault(page.listing.url, []).append(page.listing)
        return [shared[page.listing.url] if page.listing.url else [] for page in self.pages]


def population_world(kines: int, listings: int, seed: int, mix: str) -> Judged:
    """Return a world of the independent generator."""
    world = population.world(kines, listings, seed, mix)
    return Judged(
        tuple(_practitioner(kine) for kine in world.roster),
        tuple(Page(_listing(shown), shown.truth, shown.category) for shown in world.listings),
        world,
    )


def _practitioner(kine: population.Kine) -> Practitioner:
    return Practitioner(
        kine.id,
        kine.birth_name,
        kine.first_name,
        kine.rpps,
        civility=Civility(kine.civility or "unknown"),
        usage_name=kine.usage_name,
        other_first_names=kine.other_first_names,
        mobile=next(iter(phones_in(kine.mobile)), ""),
        practices=tuple(
            Practice("", w.street, w.postcode, w.town, w.insee, tuple(n for p in w.phones for n in phones_in(p)))
            for w in kine.workplaces
        ),
    )


def _listing(shown: population.Shown) -> Listing:
    place = Place(shown.street, shown.postcode, shown.town)
    return Listing(
        "rdv.example",
        f"{shown.page}#{shown.number}",
        shown.page,
        shown.name,
        profession=shown.profession,
        organisation=shown.organisation,
        places=(place,) if place != Place() else (),
        phones=shown.phones,
        rpps=shown.rpps,
    )


def other_world(kines: int, listings: int, seed: int) -> Judged:
    """Return a world of the small generator."""
    world = _World(seed, kines)
    return Judged(tuple(world.roster), tuple(world.pages(listings)))


# --- the small generator ---------------------------------------------------------------------------------------


def _list(words: str) -> list[str]:
    return words.split()


FIRST = _list(
    "Marie Camille Claire Julie Sophie Anne Pauline Lucie Emma Manon Mathilde Céline Sandrine Nathalie Isabelle "
    "Hélène Élodie Aurélie Clara Danielle Michèle Pascale Frédérique Marie-Claude Anne-Sophie Jean Pierre Paul "
    "Nicolas Thomas Julien Antoine Matthieu Daniel Michel Pascal Frédéric Philippe Christophe Alexandre Jérôme "
    "François Stéphane Guillaume Jean-Pierre Jean-François Jean-Baptiste Karim Mehdi Loïc Gaël Yannick Noé Zoé"
)
COMMON = _list("Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Michel Garcia")
SYLLABLES = _list("ba be bou cha che dal de fa gar gue la le lou ma me mon na pe ra ri ro sa sel ta ti va vi")
ENDINGS = _list("rd nd lle t ux in ot ier ière nel ault oin et on as é")
PAIRS = {"Daniel": "Danielle", "Claire": "Clara", "Michel": "Michèle", "Pascal": "Pascale", "Paul": "Pauline"}
PAIRS |= {b: a for a, b in PAIRS.items()}
PARTICLES = ("de ", "du ", "de la ", "d’A", "Le ", "El ", "Ben ", "Saint-")
STREETS = _list(
    "République Victor-Hugo Gambetta Jean-Jaurès Pasteur Moulins Général-de-Gaulle Église Gare Lilas Verdun"
)
WAYS = {"avenue": "av.", "rue": "r.", "boulevard": "bd", "route": "rte", "place": "pl.", "chemin": "ch."}


class _World:
    """Invented rosters and pages, the same for the same seed."""

    def __init__(self, seed: int, size: int) -> None:
        self.rng = random.Random(seed)
        self.size = size
        self.families = COMMON + sorted({self._family() for _ in range(max(400, size // 2))})
        # Family names follow a long tail: a few are everywhere.
        self.weights = [1 / (rank + 12) for rank in range(len(self.families))]
        self.towns = [
            (f"{d:02d}{100 + 10 * t:03d}", f"{self._family()}-sur-Eau") for d in (26, 69, 34) for t in range(40)
        ]
        self.number = 0
        self.roster = self._roster()
        self.paired = [p for p in self.roster if p.first_name in PAIRS]

    def _family(self) -> str:
        rng = self.rng
        name = "".join(rng.choices(SYLLABLES, k=rng.choice((1, 2, 2, 3)))) + rng.choice(ENDINGS)
        name = name.capitalize()
        if rng.random() < 0.08:
            name = rng.choice(PARTICLES) + name
        return name

    def family(self) -> str:
        name = self.rng.choices(self.families, self.weights)[0]
        return f"{name}-{self.rng.choice(self.families)}" if self.rng.random() < 0.04 else name

    def phone(self, prefix: str = "04") -> str:
        return f"+33{prefix[1]}{self.rng.randrange(10**8):08d}"

    def rpps(self) -> str:
        self.number += 1
        body = f"10{self.number * 7919 % 10**8:08d}"
        digits = [int(c) * 2 if i % 2 == 0 else int(c) for i, c in enumerate(reversed(body))]
        return body + str(-sum(d - 9 if d > 9 else d for d in digits) % 10)

    def practice(self) -> Practice:
        postcode, town = self.rng.choice(self.towns)
        way = self.rng.choice(list(WAYS))
        street = f"{self.rng.randrange(1, 90)} {way} {self.rng.choice(('de la ', 'du ', ''))}{self.rng.choice(STREETS)}"
        return Practice("", street, postcode, town, phones=(self.phone(),))

    def person(self, practice: Practice, family: str = "") -> Practitioner:
        rng = self.rng
        rpps = self.rpps()
        others = (rng.choice(FIRST),) if rng.random() < 0.3 else ()
        usage = self.family() if rng.random() < 0.08 else ""
        mobile = self.phone("06") if rng.random() < 0.4 else ""
        return Practitioner(
            rpps,
            family or self.family(),
            rng.choice(FIRST),
            rpps,
            usage_name=usage,
            other_first_names=others,
            mobile=mobile,
            practices=(practice,),
        )

    def _roster(self) -> list[Practitioner]:
        people: list[Practitioner] = []
        while len(people) < self.size:
            practice = self.practice()
            for _ in range(self.rng.choice((1, 1, 1, 2, 3, 5))):
                people.append(self.person(practice))
            if self.rng.random() < 0.03:  # a relative in the same practice
                people.append(self.person(practice, people[-1].family_name))
        return people[: self.size]

    # --- pages ---------------------------------------------------------------------------------------------

    def show_name(self, first: str, family: str, kine: bool) -> str:
        rng, draw = self.rng, self.rng.random()
        if draw < 0.06 and "-" in first:
            first = "".join(part[0] for part in first.split("-"))
        elif draw < 0.12:
            first = first.replace("-", " ")
        if rng.random() < 0.05 and "-" in family:
            family = family.partition("-")[0]
        if rng.random() < 0.03 and len(family) > 5:
            at = rng.randrange(1, len(family) - 1)
            family = family[:at] + rng.choice("aeilnrst") + family[at + 1 :]
        if first and rng.random() < 0.03:
            first = f"{first[0]}."
        shown = f"{family.upper()} {first}" if rng.random() < 0.25 else f"{first} {family}"
        if rng.random() < 0.2:
            shown = fold(shown)
        ornaments = ("{}", "{}", "{}", "{}", "Mme {}", "M. {}", "Dr {}")
        return rng.choice((*ornaments, "{} MKDE", "Cabinet de kinésithérapie {}") if kine else ornaments).format(shown)

    def show_street(self, street: str) -> str:
        for way, short in WAYS.items():
            if self.rng.random() < 0.5:
                street = street.replace(f" {way} ", f" {short} ")
        return street.upper() if self.rng.random() < 0.2 else street

    def show_phone(self, phone: str) -> str:
        national = "0" + phone[3:]
        pairs = [national[i : i + 2] for i in range(0, 10, 2)]
        return self.rng.choice(
            (phone, national, " ".join(pairs), ".".join(pairs), f"+33 (0){national[1]} {national[2:]}")
        )

    def page(self, first: str, family: str, practice: Practice, *, profession: str | None = None) -> Listing:
        rng = self.rng
        shown = practice if rng.random() > 1 / 8 else self.practice()
        if shown is not practice and rng.random() < 0.7:  # moved inside the town
            shown = replace(shown, postcode=practice.postcode, town=practice.town)
        draw = rng.random()
        phones = practice.phones if draw < 0.6 else (self.phone(),) if draw < 0.725 else ("08 99 12 34 56",)
        kine = profession is None
        if profession is None:
            profession = rng.choice(
                ("Masseur-kinésithérapeute", "Kinésithérapeute", "Kiné du sport", "Rééducation", "")
            )
        self.number += 1
        street = self.show_street(shown.street) if rng.random() < 0.85 else ""
        return Listing(
            "rdv.example",
            str(self.number),
            "",
            self.show_name(first, family, kine),
            profession=profession,
            places=(Place(street, shown.postcode if rng.random() < 0.9 else "", shown.town),),
            phones=tuple(self.show_phone(p) if p.startswith("+") else p for p in phones) if draw < 0.85 else (),
        )

    def pages(self, count: int) -> list[Page]:
        makers: list[tuple[int, Callable[[], Page]]] = [
            (60, self._true),
            (6, self._other_profession),
            (6, self._other_department),
            (4, self._relative),
            (6, self._colleague),
            (6, self._near_name),
            (8, self._stranger),
            (4, self._nobody),
        ]
        chosen = self.rng.choices([m for _, m in makers], [w for w, _ in makers], k=count)
        return [make() for make in chosen]

    def _true(self) -> Page:
        person = self.rng.choice(self.roster)
        page = self.page(person.first_name, self.rng.choice(person.family_names), person.practices[0])
        if self.rng.random() < 0.05:
            page = replace(page, rpps=person.rpps or "")
        return Page(page, person.id, "vraie")

    def _other_profession(self) -> Page:
        person = self.rng.choice(self.roster)
        trade = self.rng.choice(("Ostéopathe", "Infirmière", "Médecin généraliste", "Sophrologue", ""))
        practice = replace(self.practice(), postcode=person.practices[0].postcode, town=person.practices[0].town)
        return Page(self.page(person.first_name, person.family_name, practice, profession=trade), None, "profession")

    def _other_department(self) -> Page:
        person = self.rng.choice(self.roster)
        return Page(self.page(person.first_name, person.family_name, self.practice()), None, "département")

    def _relative(self) -> Page:
        person = self.rng.choice(self.roster)
        first = self.rng.choice([f for f in FIRST if f != person.first_name and f not in person.other_first_names])
        return Page(self.page(first, person.family_name, person.practices[0]), None, "parent")

    def _colleague(self) -> Page:
        practice = self.rng.choice(self.roster).practices[0]
        return Page(self.page(self.rng.choice(FIRST), self._family(), practice), None, "collègue")

    def _near_name(self) -> Page:
        person = self.rng.choice(self.paired)
        practice = replace(self.practice(), postcode=person.practices[0].postcode, town=person.practices[0].town)
        return Page(self.page(PAIRS[person.first_name], person.family_name, practice), None, "prénom voisin")

    def _stranger(self) -> Page:
        return Page(self.page(self.rng.choice(FIRST), self.family(), self.practice()), None, "hors tableau")

    def _nobody(self) -> Page:
        practice = self.rng.choice(self.roster).practices[0]
        page = self.page("", "", practice, profession="Kinésithérapeute")
        name = self.rng.choice(("Cabinet de kinésithérapie", f"Centre de kinésithérapie {practice.town}", "Kiné Santé"))
        return Page(replace(page, name=name), None, "structure")
