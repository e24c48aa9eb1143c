"""What a reply seems to say: on whole mails, on bare sentences, and on all that must never be taken for an answer."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from listingguard.domain.case import EventKind
from listingguard.domain.reply_text import Automatic, MailText, Segment, SegmentKind, split
from listingguard.domain.suggestion import Meaning, sentences, suggest
from listingguard.edge.reply_mail import read_mail, reply_rules

_spec = importlib.util.spec_from_file_location(
    "bench_replies", Path(__file__).parent.parent / "bench" / "bench_replies.py"
)
assert _spec
assert _spec.loader
bench = sys.modules.setdefault("bench_replies", importlib.util.module_from_spec(_spec))
if not hasattr(bench, "SETS"):
    _spec.loader.exec_module(bench)

# One whole answer a line; « - » where it is left to a person.
SAID = [
    (None if kind == "-" else Meaning(kind), text)
    for kind, _, text in (
        line.partition("\t") for line in (bench.MAILS / "answers.tsv").read_text(encoding="utf-8").splitlines()
    )
]
# Whole letters, as staff, lawyers and support desks write them; « === » and the meaning before each.
STAFF = [
    (Meaning(part.partition("\n")[0]), part.partition("\n")[2].strip())
    for part in (bench.MAILS / "staff.txt").read_text(encoding="utf-8").split("=== ")[1:]
]
ERASED = [text for meaning, text in SAID if meaning is Meaning.ERASED]
REFUSED = [text for meaning, text in SAID if meaning is Meaning.REFUSED]


def mail(text: str, **other: object) -> MailText:
    return replace(MailText("dpo@site.example", "Re: demande", split(text)), **other)  # type: ignore[arg-type]


def said(text: str, **other: object) -> Meaning | None:
    return suggest(mail(text, **other), reply_rules()).meaning


@pytest.mark.parametrize(("meaning", "line"), SAID)
def test_a_sentence_is_understood_or_left_to_a_person(meaning, line):
    assert said(line) is meaning
    assert said(f"Bonjour,\n\n{line}\n\nBien cordialement,\nAlix Juriste\nRdv Soins") is meaning


def test_a_long_and_polite_letter_is_understood_or_left_and_never_taken_for_another():
    assert len(STAFF) == 30
    assert [(meaning, text) for meaning, text in STAFF if said(text) not in (meaning, None)] == []
    assert sum(said(text) is meaning for meaning, text in STAFF) >= 23


@pytest.mark.parametrize("line", ERASED)
def test_an_erasure_conditioned_promised_quoted_or_mixed_is_never_erased(line):
    small = line[0].lower() + line[1:]
    for text in (
        # Put before a whole letter, « si » says nothing of its second sentence.
        f"Si {small}" if len(sentences(line)) == 1 else f"> {line}",
        f"Nous ne pouvons pas dire que {small}" if len(sentences(line)) == 1 else f"> {line}",
        f"> {line}",
        f"Le 12/01/2026 à 09:14, Conseil a écrit :\n> {line}\n",
        f"Bien reçu.\n\n-----Message d'origine-----\nDe : a@b.example\nEnvoyé : lundi\nÀ : c@d.example\nObjet : x\n\n{line}",
        f"{line}\n\nEn revanche, nous refusons de supprimer la fiche de Crest.",
        f"{line}\n\nLa fiche de Crest n'a pas été supprimée.",
        f"{line}\n\nVotre fiche sera supprimée sous 30 jours.",
    ):
        assert said(text) is not Meaning.ERASED, text


@pytest.mark.parametrize("line", REFUSED)
def test_a_refusal_that_asks_or_grants_something_is_left_to_a_person(line):
    for text in (
        f"{line}\n\nNous avons toutefois retiré le bouton de rendez-vous.",
        f"{line}\n\nMerci de nous adresser une pièce d'identité.",
        f"{line}\n\nNous allons supprimer la fiche.",
        f"> {line}",
    ):
        assert said(text) is not Meaning.REFUSED, text


@pytest.mark.parametrize("name", bench.SETS)
def test_no_mail_is_falsely_read_as_erased_or_refused(name):
    score = bench.scored(bench.SETS[name], bench.ours)
    assert score.mails + score.unreadable_truth == len(bench.entries(bench.SETS[name])) >= 30
    assert (score.false_erased, score.false_refused, score.unreadable_truth) == (0, 0, 0)


def test_each_class_of_the_development_set_is_understood():
    score = bench.scored(bench.SETS["développement"], bench.ours)
    assert score.mails >= 60
    assert not score.wrong
    assert score.accuracy >= 0.95
    assert {m.value for m in Meaning} <= set(score.right)


def test_the_keyword_filter_would_have_lied():
    assert bench.scored(bench.SETS["développement"], bench.keywords).false_erased > 10


def test_an_extension_says_whether_it_gives_reasons():
    folder = bench.SETS["développement"]
    for name, entry in bench.entries(folder).items():
        if "reasoned" in entry:
            found = suggest(read_mail((folder / name).read_bytes()), reply_rules())
            assert found.reasoned is entry["reasoned"], name
            assert ("Ne prolonge rien" in found.effect) is not entry["reasoned"]


def test_a_program_that_answers_by_itself_never_decides():
    erased = "Votre fiche a été supprimée."
    assert said(erased) is Meaning.ERASED
    assert said(erased, automatic=Automatic.REPLY) is None
    assert said(erased, bulk=True) is None
    assert said(erased, automatic=Automatic.DELIVERED) is Meaning.AUTO
    # A ticket system marks what its human agents write as automatic too.
    assert said(erased, automatic=Automatic.NOTICE) is Meaning.ERASED


def test_a_mail_not_read_whole_is_left_to_a_person():
    assert said("Votre fiche a été supprimée.", notes=("le texte est coupé",)) is None
    assert said("Bonjour.\n" * 500 + "Votre fiche a été supprimée.") is None
    assert said("") is None


@pytest.mark.parametrize("kind", SegmentKind)
def test_only_new_text_is_read(kind):
    found = suggest(MailText("a@b.example", "", (Segment(kind, "Votre fiche a été supprimée."),)), reply_rules())
    assert (found.meaning is Meaning.ERASED) is (kind is SegmentKind.NEW)


def test_answers_written_in_the_quote_are_left_to_a_person():
    assert said("Voir nos réponses ci-dessous en rouge. Votre fiche a été supprimée.\n\n> Pourquoi ?") is None


def test_invisible_letters_do_not_turn_a_denial_into_an_erasure():
    assert said("Votre fiche n'a p\u200bas été supprimée.") is not Meaning.ERASED
    assert said("Votre fiche a été sup\u00adprimée.") is Meaning.ERASED


def test_every_meaning_has_its_french_words_its_effect_and_its_event():
    assert all(meaning.label for meaning in Meaning)
    assert Meaning.REFUSED.event is EventKind.REFUSAL
    assert Meaning.AUTO.event is Meaning.UNRELATED.event is None
    assert "jamais une réponse" in suggest(mail("Bien reçu, merci."), reply_rules()).effect


def test_sentences_keep_abbreviations_and_items():
    assert sentences("Voir l’art. 17 du RGPD. M. Essai vous répond\nbientôt.\n1. Oui\n2. Non") == (
        "Voir l’art. 17 du RGPD.",
        "M. Essai vous répond bientôt.",
        "Oui",
        "Non",
    )


def test_mails_written_to_mislead_are_never_taken_for_an_erasure_or_a_refusal_that_they_are_not():
    score = bench.scored(bench.SETS["retors"], bench.ours)
    assert score.mails == 60
    assert score.unreadable_truth == 0
    assert (score.false_erased, score.false_refused) == (0, 0)


@pytest.mark.parametrize(
    "line",
    [
        "Nous avons supprimé les informations périmées de votre fiche et les avons remplacées par vos coordonnées à jour.",
        "Vos données erronées ont été supprimées et votre page corrigée.",
    ],
)
def test_a_correction_is_no_erasure(line):
    assert said(line) is not Meaning.ERASED


def test_a_demand_for_reasons_is_no_refusal():
    line = "Nous ne pouvons pas effacer de données sur la seule base d’un désaccord de principe : exposez-nous vos raisons."
    assert said(line) is not Meaning.REFUSED


def test_an_answer_that_a_desk_s_tool_marks_as_a_mailing_is_left_to_a_person():
    line = "J’ai passé votre page en « non réservable » ; elle reste visible avec vos coordonnées."
    assert said(line, bulk=True) is not Meaning.UNRELATED
