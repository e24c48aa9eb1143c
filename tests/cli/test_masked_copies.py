"""A masked copy in which something of others may be left: for the CNIL alone, and never out of the house unread."""

import zipfile
from pathlib import Path

import pytest

from tests.cli.test_complain import built, confidential, refused_case  # noqa: F401 - the fixture
from tests.cli.test_pack import everything
from tests.cli.test_pack_third_parties import plain
from tests.cli.test_question import draft_of

DAY = "2026-01-22"
LEFT = "Patiente J. D., séance du 12/03 à 14:00"


@pytest.fixture
def spoken(council, tmp_path) -> Path:
    """The platform's page, with what no program can clear in it."""
    page = council.page.read_text(encoding="utf-8").replace("</body>", f"<p>{LEFT}</p></body>")
    return council.file("page-avec-patiente.html", page)


def copies(path: str) -> list[str]:
    return [name for name in zipfile.ZipFile(path).namelist() if "-page-de-la-fiche" in name and name.endswith(".html")]


def test_an_ordinary_page_stays_in_the_communicable_part_and_a_flagged_one_is_kept_out_of_the_addendum(
    council,
    refused_case,  # noqa: F811
    spoken,
):
    council.see(DAY)
    pack = built(council, refused_case)
    assert pack["set_aside"] == []
    assert len(copies(pack["path"])) >= 1
    assert copies(confidential(pack)) == []
    council("pack", "sign", refused_case, day=DAY)
    council.page = spoken
    council.see("2026-01-25")
    more = council("pack", "addendum", refused_case, "--json", day="2026-01-25").json
    assert len(more["set_aside"]) == 1
    assert (len(copies(more["path"])), len(copies(confidential(more)))) == (0, 1)
    for name, words in everything(more["path"]).items():
        assert "J. D." not in words, name
    council("verify", more["path"], confidential(more))


def test_a_copy_still_flagged_is_for_the_cnil_alone_until_a_person_read_it(council, refused_case, spoken):  # noqa: F811
    council.page = spoken
    council.see(DAY)
    pack = built(council, refused_case)
    (aside,) = pack["set_aside"]
    assert "ce qui paraît concerner des patients" in plain(aside["why"])
    for name, words in everything(pack["path"]).items():
        assert "J. D." not in words, name
    (whole,) = copies(confidential(pack))
    public = everything(pack["path"])
    (stand_in,) = [
        words for name, words in public.items() if name.startswith(f"pieces/piece-{aside['exhibit']:02}-non")
    ]
    assert "Cette copie masquée d’une page n’est pas dans la partie communicable" in plain(stand_in)
    assert "Un programme y a relevé ce qui paraît concerner des patients." in plain(
        public["index-des-occultations.pdf"]
    )
    said = council("complain", refused_case, "--proceedings", "aucune", day=DAY).said
    assert f"pack place {refused_case} {aside['exhibit']} --communicable" in said
    council("verify", pack["path"], confidential(pack))

    why = "Relue : ce sont des initiales inventées par le site."
    council("pack", "place", refused_case, aside["exhibit"], "--communicable", "--why", why, day=DAY)
    again = built(council, refused_case)
    assert again["set_aside"] == []
    assert whole in copies(again["path"])
    assert copies(confidential(again)) == []
    council("pack", "place", refused_case, aside["exhibit"], "--confidential", "--why", "Par prudence.", day=DAY)
    assert "Par prudence." in plain(built(council, refused_case)["set_aside"][0]["why"])


def test_the_question_leaves_with_a_flagged_copy_only_once_a_person_read_it(council, spoken):
    council.page = spoken
    number = _asked(council)
    shown = council("question", "show", number, day="2026-01-05").said
    assert "Avant l’envoi : relire la copie, qui paraît encore contenir ce qui paraît concerner des patients" in shown
    refused = council("question", "send", number, day="2026-01-05", code=3).said
    assert "ne part pas avec une copie que personne n’a relue" in refused
    for way in ("capture export", "--copy-read", "--no-capture"):
        assert way in refused
    assert f"Dossier {number} :" in council("question", "send", "--all", day="2026-01-05", code=1).said
    assert council("question", "list", "--json", day="2026-01-05").json[0]["next"] == "question"
    assert "--copy-read vaut pour un dossier" in council("question", "send", "--all", "--copy-read", code=1).said
    capture = council("capture", "list", "--json").json[0]["id"]
    assert f"listingguard capture export {capture} --masked" in refused
    council("capture", "export", capture, "--masked", "-o", council.home / "relue", day="2026-01-05")
    assert LEFT in (council.home / "relue" / "copie-masquee.html").read_text(encoding="utf-8")
    (sent,) = council("question", "send", number, "--copy-read", "--json", day="2026-01-05").json["sent"]
    assert len(list(draft_of(sent).iter_attachments())) == 2


def test_the_question_leaves_without_a_flagged_copy_where_it_is_left_out(council, spoken):
    council.page = spoken
    (sent,) = council("question", "send", _asked(council), "--no-capture", "--json", day="2026-01-05").json["sent"]
    message = draft_of(sent)
    assert len(list(message.iter_attachments())) == 1
    assert "masquée pour ce qui concerne des tiers" not in " ".join(message.get_body().get_content().split())


def _asked(council) -> str:
    """Return the case of somebody with an e-mail address, who was not asked yet."""
    council("roster", "set", council.rpps, "--email", "camille@exemple.example", day="2026-01-05")
    return council.see("2026-01-05")
