"""What a complaint may say of what it cannot prove, and both reckonings of a receipt that an answer only bounds."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium

from listingguard.domain.letter import Fact, Kind, Reckoning, Standing, SummaryFields, gaps
from listingguard.edge.render import Renderer
from tests.letters.samples import REFUSAL, SILENCE

LETTERS = Path(__file__).parents[2] / "letters"
FIRST = Reckoning(
    "délai d’un mois prévu à l’article 12, paragraphe 3, du RGPD", date(2026, 4, 13), ("Un mois plus tard.",)
)
BOUNDED = replace(
    SILENCE,
    receipt_day=date(2026, 4, 14),
    receipt_proven=True,
    receipt_at_latest=True,
    receipt_basis="réponse de la plateforme de ce jour",
    favourable=None,
    first_reckoning=FIRST,
    presumed_day=date(2026, 3, 12),
    presumed_basis="courriel envoyé et non retourné",
    legal=replace(FIRST, due=date(2026, 5, 14)),
)


def text(complaint) -> str:
    return Renderer(LETTERS).text(Kind.COMPLAINT.value, complaint).replace("\u00a0", " ")


def test_a_represented_person_says_nothing_without_a_paper_and_who_signs_alone_needs_none():
    word = (Fact(Standing.DECLARED, "Je n’ai rien accepté."),)
    assert any("sans pièce qui la porte" in gap for gap in gaps(replace(SILENCE, facts=word)))
    assert not any("sans pièce" in gap for gap in gaps(replace(REFUSAL, facts=word)))
    assert not gaps(replace(SILENCE, facts=(Fact(Standing.REPORTED, "Le mandataire l’indique."),)))


def test_both_reckonings_are_told_and_even_the_later_one_where_it_has_passed():
    said = text(BOUNDED)
    assert (
        "Présumée reçue le 12 mars 2026 : le délai d’un mois prévu à l’article 12, paragraphe 3, du RGPD a expiré le 13"
        in said
    )
    assert (
        "Même en retenant la réception au plus tard le 14 avril 2026, seule établie, le même délai a expiré le 14 mai"
        in said
    )
    later = replace(BOUNDED, legal=replace(FIRST, due=date(2026, 6, 15)), answer=REFUSAL.answer, answer_text="Non.",
                    answer_day=date(2026, 4, 14), answer_exhibits=(3,))  # fmt: skip
    said = text(later)
    assert "Même en retenant" not in said
    assert "dans le calcul le plus favorable au responsable du traitement, le même délai expire le 15 juin 2026" in said
    assert "La réponse du 14 avril 2026 est arrivée passé ce délai, compté de la date présumée de la réception." in said


def summary(complaint) -> str:
    said = Renderer(LETTERS).text(Kind.SUMMARY.value, SummaryFields(**vars(complaint)))
    return said.replace("\u00a0", " ")


def test_each_reckoning_says_its_own_length_in_the_complaint_and_in_the_summary():
    longer = f"{FIRST.label}, prolongé de deux mois"
    both = replace(
        BOUNDED,
        day=date(2026, 9, 1),
        first_reckoning=replace(FIRST, label=longer, due=date(2026, 6, 12)),
        legal=replace(FIRST, label=longer, due=date(2026, 7, 15)),
    )
    assert f"présumée le 12 mars 2026 : le {longer} a expiré le 12 juin 2026" in summary(both)
    assert "Même en retenant ce jour, le même délai a expiré le 15 juillet 2026" in summary(both)
    one = replace(both, first_reckoning=FIRST)
    assert f"seule établie, le {longer} a expiré le 15 juillet 2026" in text(one)
    assert f"présumée le 12 mars 2026 : le {FIRST.label} a expiré le 13 avril 2026" in summary(one)
    assert f"Même en retenant ce jour, le {longer} a expiré le 15 juillet 2026" in summary(one)


def test_a_message_that_may_not_leave_is_told_all_the_same():
    kept = replace(SILENCE, messages_kept=True)
    assert (
        "aucune réponse donnant suite à cette demande ; ce qui a été reçu n’y donne pas suite et n’est pas joint"
        in text(kept)
    )
    assert "Aucune réponse donnant suite à cette demande n’est connue" in summary(kept)
    assert "certains sont joints (pièce n° 5), les autres ne le sont pas" in text(replace(kept, messages=(5,)))


def test_messages_that_settle_nothing_are_told_with_the_silence():
    said = text(replace(SILENCE, messages=(5,), no_answer_day=date(2026, 5, 18), no_answer_exhibits=(5,)))
    assert (
        "aucune réponse donnant suite à cette demande ; les messages reçus, qui n’y donnent pas suite, sont joints"
        in said
    )
    assert "déclare n’avoir reçu directement, au 18 mai 2026, aucune réponse" in said
    alone = text(replace(SILENCE, acknowledged=True))
    assert "ne connaître aucune réponse à cette demande, en dehors d’un accusé de réception" in alone


def test_a_refusal_inside_the_delay_opens_the_summary_and_nothing_there_says_that_the_delay_expired():
    inside = replace(
        BOUNDED, answer=REFUSAL.answer, answer_text="Non.", answer_day=date(2026, 4, 10), answer_exhibits=(3,),
        receipt_day=date(2026, 4, 10), day=date(2026, 6, 20),
    )  # fmt: skip
    said = " ".join(summary(inside).split())
    assert "expiré" not in said
    assert "expire " not in said
    assert "La plainte ne repose pas sur l’expiration du délai de réponse." in said
    assert said.index("10 avril 2026 : refus") < said.index("Réception")
    assert "la plainte ne repose pas sur l’expiration de ce délai" in " ".join(text(inside).split())


def test_that_the_person_was_not_informed_is_presumed_and_a_page_is_what_was_recorded():
    said = " ".join(text(SILENCE).split())
    assert "auprès d’elle (présumé)." in said
    assert "Page enregistrée le" in said
    assert "affichée, d’après son enregistrement" in said
    assert "Page consultée" not in said


def test_the_summary_says_of_each_page_whether_it_was_still_shown_and_stays_on_one_page():
    (first,), (later,) = REFUSAL.pages, REFUSAL.still_shown
    many = [replace(first, url=f"{first.url}-{n}", exhibit=10 + n) for n in range(10)]
    again = [replace(later, url=page.url, exhibit=30 + page.exhibit) for page in many[:8]]
    moved = replace(later, url=f"{first.url}-ailleurs", exhibit=60)
    papers = (replace(REFUSAL.exhibits[0], number=number) for number in range(len(REFUSAL.exhibits) + 1, 61))
    long = replace(REFUSAL, pages=tuple(many), still_shown=(*again, moved), exhibits=(*REFUSAL.exhibits, *papers))
    said = summary(long)
    assert f"{many[1].url}, enregistrée le" in said
    assert (
        "(pièce n° 11) ; toujours affichée le 6 avril 2026 à 9 h 30 (heure de Paris), d’après son enregistrement (pièce n° 41)."
        in said
    )
    assert "Et 7 autres pages, citées dans la plainte, dont 5 toujours affichées, d’après leur enregistrement." in said
    assert f"{moved.url}, toujours affichée le" in said
    assert many[3].url not in said
    pdf = Renderer(LETTERS).pdf(Kind.SUMMARY.value, SummaryFields(**vars(long)), day=long.day)
    with pdfium.PdfDocument(pdf) as document:
        assert len(document) == 1
