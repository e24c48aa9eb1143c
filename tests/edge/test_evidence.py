"""Captures in a real vault: whole, named by their manifest, and every altered byte told by name."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from listingguard.domain.capture import TokenRow, TokenStatus, does_not_prove, proves, sheet
from listingguard.domain.event import canonical
from listingguard.domain.listing import Exchange, Page
from listingguard.domain.record import CaptureRow
from listingguard.edge import warc
from listingguard.edge.evidence import Evidence, Surroundings
from listingguard.edge.fetch import RobotsRecord
from listingguard.edge.stamp import Stamper, load_roots
from listingguard.edge.vault import Vault
from tests import authority as tsa

AT = datetime(2026, 11, 20, 13, 5, 9, 250_000, UTC)
ASKED = "https://rdv-soins.example/kine?id=7"
SHOWN = "https://rdv-soins.example/kine/camille-exemple"
HOST = "rdv-soins.example"
BODY = "<!doctype html><h1>Camille Exemple, kinésithérapeute</h1>".encode()
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
SCAN: dict[str, Any] = {
    "day": date(2026, 11, 20), "at": AT, "origin": "scan", "by": "", "basis": "mission", "simulated": False,
}  # fmt: skip
DER = trustme.CA().issue_cert(HOST).cert_chain_pems[0].bytes()
DER = x509.load_pem_x509_certificate(DER).public_bytes(Encoding.DER)


def exchange(url: str, response: bytes, seconds: int = 0) -> Exchange:
    request = b"GET / HTTP/1.1\r\nHost: rdv-soins.example\r\nUser-Agent: listingguard/1.0 (+a@b.example)\r\n\r\n"
    at, tls = AT + timedelta(seconds=seconds), "TLSv1.3 TLS_AES_128_GCM_SHA256"
    return Exchange(url, at, request, response, "203.0.113.9", 443, "192.168.1.4", DER, tls)


def visited(body: bytes = BODY) -> Page:
    moved = exchange(ASKED, b"HTTP/1.1 301 Moved Permanently\r\nLocation: /kine/camille-exemple\r\n\r\n")
    shown = exchange(SHOWN, b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body, 2)
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return Page(ASKED, SHOWN, 200, headers, body, AT + timedelta(seconds=2), (moved, shown))


@pytest.fixture
def evidence(vault: Vault) -> Evidence:
    return Evidence(vault, tool="listingguard 1.0", now=lambda: AT)


def test_every_artefact_is_in_the_vault_under_the_name_the_manifest_gives(evidence: Evidence, vault: Vault) -> None:
    row = evidence.keep(visited(), HOST, **SCAN, extra={"page.png": PNG, "page.mhtml": b"MIME-Version: 1.0\r\n\r\nx"})
    named = {a["name"]: a for a in row.manifest["artefacts"]}
    assert list(named) == ["body.html", "data.warc.gz", "page.png", "page.mhtml"]
    assert vault.get(named["body.html"]["sha256"]) == BODY
    assert vault.get(named["page.png"]["sha256"]) == PNG
    assert all(len(vault.get(a["sha256"])) == a["size"] for a in named.values())
    assert named["page.png"]["media_type"] == "image/png"
    assert evidence.problems(row) == ()


def test_a_capture_is_named_by_the_hash_of_its_canonical_manifest(evidence: Evidence) -> None:
    row = evidence.keep(visited(), HOST, **SCAN)
    assert row.id == hashlib.sha256(canonical(row.manifest)).hexdigest()
    assert evidence.keep(visited(), HOST, **SCAN) == row
    assert evidence.keep(visited(), HOST, **{**SCAN, "by": "Dominique"}).id != row.id


def test_the_manifest_says_how_the_page_was_reached(evidence: Evidence) -> None:
    robots = RobotsRecord("https://rdv-soins.example/robots.txt", 200, "ab" * 32, AT, 2.5, b"User-agent: *\n")
    said = evidence.keep(visited(), HOST, **SCAN, robots=robots).manifest
    (hop,) = said["redirects"]
    assert (hop["url"], hop["status"], hop["location"]) == (ASKED, 301, "/kine/camille-exemple")
    assert hop["address"] == said["address"] == "203.0.113.9"
    assert said["tls"]["sha256"] == hashlib.sha256(DER).hexdigest()
    assert said["tls"]["protocol"] == "TLSv1.3"
    assert "trustme" in said["tls"]["issuer"]
    assert said["paris"] == "2026-11-20T14:05:09.250000+01:00"
    assert said["robots"]["crawl_delay"] == "2.5"
    environment = said["environment"]
    assert environment["user_agent"] == "listingguard/1.0 (+a@b.example)"
    assert {environment[k] for k in ("cookies", "cache", "proxy", "account", "clicks")} == {"aucun"}
    assert (said["clock_offset"], said["public_ip"]) == (None, "")


def test_what_nobody_saw_is_never_said_of_a_page_that_a_person_saved(evidence: Evidence) -> None:
    page = Page(SHOWN, SHOWN, 200, (), BODY, AT)
    row = evidence.keep(page, HOST, **{**SCAN, "origin": "import", "by": "Dominique"})
    told = dict(sheet(row.manifest))
    for label in ("Cookies", "Cache", "Compte utilisé", "Protocole", "Adresse IP du site", "robots.txt"):
        assert told[label].startswith("non relevé"), label
    assert any(
        "une personne dit" in line or "personne dit de sa visite" in line for line in does_not_prove(row.manifest, ())
    )


def test_the_browsers_facts_hide_none_of_the_programs(evidence: Evidence) -> None:
    facts = {"cookies": "2 déposés par le site", "viewport": "1280×1024", "javascript": True}
    row = evidence.keep(visited(), HOST, **SCAN, facts=facts)
    assert row.manifest["environment"]["cookies"] == "2 déposés par le site"
    assert row.manifest["environment"]["fetch_cookies"] == "aucun"
    told = dict(sheet(row.manifest))
    assert told["Scripts de la page exécutés"] == "oui"
    assert told["Fenêtre du navigateur"] == "1280×1024"


def test_what_is_around_is_measured_once_an_hour_and_dated(vault: Vault) -> None:
    moments = iter([AT, AT + timedelta(minutes=59), AT + timedelta(minutes=61)])
    asked = []

    offset = {"milliseconds": -42, "server": "temps.example", "measured_at": AT.isoformat()}

    def measure() -> Surroundings:
        asked.append(1)
        return Surroundings(-43 + len(asked), "198.51.100.7", "temps.example")

    evidence = Evidence(vault, tool="listingguard 1.0", now=lambda: next(moments), measure=measure)
    rows = [evidence.keep(visited(), HOST, **SCAN) for _ in range(3)]
    assert len(asked) == 2
    first = rows[0].manifest
    assert first["clock_offset"] == offset
    assert first["public_ip"] == "198.51.100.7"
    assert dict(sheet(first))["Écart de l’horloge"] == "-42\u00a0ms d’après temps.example"
    assert rows[1].manifest == first != rows[2].manifest


def test_the_archive_holds_the_sheet_and_the_certificates(evidence: Evidence, vault: Vault) -> None:
    import base64
    import json

    row = evidence.keep(visited(), HOST, **SCAN)
    archive = next(a for a in evidence.artefacts(row) if a.name == "data.warc.gz")
    about = json.loads(list(warc.records(vault.get(archive.sha256)))[-1].block)
    (certificate,) = about.pop("certificates").values()
    assert base64.b64decode(certificate) == DER
    assert about == {k: v for k, v in row.manifest.items() if k != "artefacts"}


@pytest.mark.parametrize("name", ["../page.png", "page", "body.html", "Page.png", "a b.png"])
def test_a_file_with_a_name_of_its_own_making_is_refused(evidence: Evidence, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        evidence.keep(visited(), HOST, **SCAN, extra={name: PNG})


def test_each_altered_file_is_named(evidence: Evidence, vault: Vault, tmp_path: Path) -> None:
    row = evidence.keep(visited(), HOST, **SCAN, extra={"page.png": PNG})
    for artefact in evidence.artefacts(row):
        path = tmp_path / "vault" / artefact.sha256[:2] / artefact.sha256
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        (problem,) = evidence.problems(row)
        assert problem.startswith(artefact.name)
        assert "altérée" in problem
        path.unlink()
        assert evidence.problems(row)[0].startswith(artefact.name)
        path.write_bytes(whole)
    assert evidence.problems(row) == ()


def altered(row: CaptureRow, **changes: Any) -> CaptureRow:
    manifest = {**row.manifest, **changes}
    return replace(row, manifest=manifest)


def test_an_altered_manifest_or_row_is_named(evidence: Evidence) -> None:
    row = evidence.keep(visited(), HOST, **SCAN)
    assert any("manifest.json" in p for p in evidence.problems(altered(row, by="Quelqu’un d’autre")))
    assert any("ligne de la base" in p for p in evidence.problems(replace(row, day=date(2026, 11, 19))))
    assert any("ligne de la base" in p for p in evidence.problems(replace(row, url=SHOWN)))


@pytest.mark.parametrize("change", [{"size": 1.5}, {"artefacts": 7}, {"artefacts": [{"name": "body.html"}]}])
def test_a_manifest_that_is_none_any_more_is_named_and_stops_nothing(evidence: Evidence, change: Any) -> None:
    row = evidence.keep(visited(), HOST, **SCAN)
    assert evidence.problems(altered(row, **change)) == ("la fiche technique (manifest.json) a été altérée.",)


def test_an_archive_of_another_page_is_named_even_where_every_hash_fits(evidence: Evidence, vault: Vault) -> None:
    row = evidence.keep(visited(), HOST, **SCAN)
    other = warc.write(visited(b"<p>Une autre page</p>"), software="x", sheet={})
    sha = vault.put(other)
    swapped = [
        a if a["name"] != "data.warc.gz" else {**a, "sha256": sha, "size": len(other)}
        for a in row.manifest["artefacts"]
    ]
    forged = altered(row, artefacts=swapped)
    forged = replace(forged, id=hashlib.sha256(canonical(forged.manifest)).hexdigest())
    (problem,) = evidence.problems(forged)
    assert problem.startswith("data.warc.gz")


def first_version(vault: Vault) -> CaptureRow:
    """A capture as the first version kept it."""
    manifest = {
        "url": SHOWN, "final_url": SHOWN, "status": 200, "headers": [["Content-Type", "text/html"]],
        "sha256": vault.put(BODY), "size": len(BODY), "at": AT.isoformat(), "day": "2026-11-20",
        "machine_at": AT.isoformat(), "origin": "scan", "by": "", "simulated": False,
    }  # fmt: skip
    identifier = hashlib.sha256(canonical(manifest)).hexdigest()
    return CaptureRow(identifier, HOST, SHOWN, manifest["sha256"], date(2026, 11, 20), AT, manifest)


def test_captures_of_the_first_version_verify_show_and_export(evidence: Evidence, vault: Vault, tmp_path: Path) -> None:
    row = first_version(vault)
    assert evidence.problems(row) == ()
    assert dict(sheet(row.manifest))["Fondement"] == "non relevé"
    evidence.export(row, (), tmp_path / "page.wacz")
    (page,) = evidence.pages((tmp_path / "page.wacz").read_bytes(), SHOWN)
    assert page.body == BODY


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")
def test_a_token_goes_with_its_capture_and_with_no_other(evidence: Evidence, vault: Vault, tmp_path: Path) -> None:
    row = evidence.keep(visited(), HOST, **SCAN)
    with tsa.Authority(tmp_path / "tsa") as authority:
        roots = load_roots(authority.roots)
        stamper = Stamper((tsa.URL,), roots=roots, now=lambda: AT, loopback=authority.loopback)
        stamp = stamper.stamp(canonical(row.manifest))
    token = TokenRow(row.id, stamp.authority, vault.put(stamp.raw), stamp.status, stamp.at)
    assert token.status is TokenStatus.VERIFIED
    assert evidence.problems(row, [token], roots) == evidence.problems(row, [token]) == ()
    assert any(tsa.URL in line for line in proves(row.manifest, [token]))
    assert not any(tsa.URL in line for line in proves(row.manifest, []))
    other = evidence.keep(visited(b"<p>autre</p>"), HOST, **SCAN)
    (problem,) = evidence.problems(other, [token], roots)
    assert tsa.URL in problem
    strangers = load_roots(tsa.Authority(tmp_path / "other").roots)
    (problem,) = evidence.problems(row, [token], strangers)
    assert "signature" in problem
    path = tmp_path / "vault" / token.sha256[:2] / token.sha256
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    assert "altérée" in evidence.problems(row, [token])[0]


def test_it_is_never_called_a_constat(evidence: Evidence) -> None:
    row = evidence.keep(visited(), HOST, **SCAN)
    words = " ".join((*proves(row.manifest, ()), *(f"{a} {b}" for a, b in sheet(row.manifest))))
    assert "constat" not in words
    assert any("pas un constat" in line for line in does_not_prove(row.manifest, ()))
