"""What a letter cites, and when a citation keeps it from leaving."""

from __future__ import annotations

import doctest
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from listingguard.domain import citation as module
from listingguard.domain.citation import CITATIONS, Checked, Confirmed, blocked, cited_in, covering, printed, row
from listingguard.errors import NotFound

LETTERS = Path(__file__).parent.parent.parent / "letters" / "fr"
DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "cites"),
    [
        ("l’article 17, paragraphe 1, point c), du RGPD", ["17(1)(c)"]),
        ("(articles 21 et 17 du RGPD)", ["21", "17"]),
        ("articles 17, paragraphe 2, et 19 du RGPD", ["17(2)", "19"]),
        ("article 14, paragraphe 2, point f), et article 15, paragraphe 1, point g), du RGPD", ["14(2)(f)", "15(1)(g)"]),
        ("de l’article 12, paragraphes 3 et 4, du RGPD", ["12(3)", "12(4)"]),
        ("article 18, paragraphe 1, point d), du RGPD et, pour le reste, du point a) du même paragraphe",
         ["18(1)(d)", "18(1)(a)"]),
        ("article 12, § 5", ["12(5)"]),
        ("loi du 6 janvier 1978, articles 84 et 85", ["LIL 84", "LIL 85"]),
        ("l’article 51 de la loi du 6 janvier 1978", ["LIL 51"]),
        ("article 77 du décret du 29 mai 2019", ["D 77"]),
        ("article R. 4321-74 du code de la santé publique", ["CSP R.4321-74"]),
        ("arrêts C-129/21 et C-999/30", ["CJUE C-129/21", "C-999/30"]),
        ("Le délai de l’article 12, paragraphe 3, 30 jours avant", ["12(3)"]),
        ("https://site.example/article 3 rue de l’Article", []),
        ("un article 14\u00a0du\u00a0RGPD", ["14"]),
        ("Aucun article n’est cité.", []),
    ],
)  # fmt: skip
def test_citations_are_read_as_a_lawyer_writes_them(text: str, cites: list[str]) -> None:
    assert list(cited_in(text)) == cites


@pytest.mark.parametrize("template", sorted(LETTERS.glob("*.j2")), ids=lambda path: path.stem)
def test_every_citation_of_every_template_has_its_row(template: Path) -> None:
    words = re.sub(r"\{[%{#].*?[%}#]\}", " ", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [c for c in cited_in(words) if not covering(c)] == []


def test_every_row_says_its_text_its_source_and_its_days() -> None:
    assert len({c.article for c in CITATIONS}) == len(CITATIONS)
    for each in CITATIONS:
        assert each.text, each.article
        assert each.source, each.article
        assert each.valid_from < each.verified_on, each.article
        assert covering(each.article)[0] is each
        if " " not in each.article:
            assert list(cited_in(each.printed)) == [each.article], "printed as it is read"


def test_a_citation_verified_over_twelve_months_ago_blocks_until_a_person_confirms_it() -> None:
    text = "en application de l’article 77 du RGPD"
    assert blocked(text, {}, DAY + timedelta(days=365)) == ()
    late = DAY + timedelta(days=366)
    (reason,) = blocked(text, {}, late)
    assert "douze mois" in reason
    assert 'listingguard citation confirm "77"' in reason
    assert blocked(text, {"77": Confirmed("77", "EUR-Lex", late, "A")}, late) == ()
    assert blocked(text, {"77": Confirmed("77", "EUR-Lex", DAY - timedelta(days=1), "A")}, late) != ()


def test_a_recalled_citation_blocks_from_the_first_day() -> None:
    text = "conformément à l’article 77 du décret du 29 mai 2019"
    assert row("D 77").checked is Checked.RECALL
    (reason,) = blocked(text, {}, DAY)
    assert "de mémoire" in reason
    assert blocked(text, {"D 77": Confirmed("D 77", "Légifrance", DAY, "A")}, DAY) == ()


def test_a_citation_that_the_table_does_not_have_blocks() -> None:
    (reason,) = blocked("l’article 82 du RGPD", {}, DAY)
    assert "n’est pas dans la table" in reason
    assert blocked("l’article 82 du RGPD", {"82": Confirmed("82", "EUR-Lex", DAY, "A")}, DAY) == ()
    with pytest.raises(NotFound, match="82"):
        row("82")


def test_a_text_that_is_law_no_more_blocks_whoever_confirmed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = {c.article: replace(c, valid_until=DAY) for c in CITATIONS}
    monkeypatch.setattr(module, "_BY_ARTICLE", ended)
    assert blocked("l’article 77 du RGPD", {}, DAY) == ()
    after = DAY + timedelta(days=1)
    (reason,) = blocked("l’article 77 du RGPD", {"77": Confirmed("77", "EUR-Lex", after, "A")}, after)
    assert "en vigueur" in reason


def test_a_decision_is_not_cited_before_its_day() -> None:
    assert blocked("CA Chambéry, n° 22/01814", {}, date(2025, 5, 21)) != ()
    assert blocked("CA Chambéry, n° 22/01814", {}, date(2025, 5, 22)) == ()


def test_an_unknown_article_is_printed_as_it_was_asked() -> None:
    assert printed("CNIL SAN-2024-020") == "CNIL SAN-2024-020"


def test_the_doctests_hold() -> None:
    assert doctest.testmod(module).failed == 0
