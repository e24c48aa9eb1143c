"""A whole visit kept as evidence, then judged by other people's programs: wacz, warcio, openssl. None of them is ours."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from listingguard import cli
from listingguard.app import App, create_home
from listingguard.demo_world import CANARY_URL, HOST, BookingSite
from listingguard.domain.case import Acting
from listingguard.domain.practitioner import Practice, Practitioner, Watch
from listingguard.domain.record import SiteCheck
from listingguard.edge.browser import find_browser
from listingguard.flow import enrol, evidence, ledger, platform, scan
from tests.authority import URL as TSA_URL
from tests.authority import Authority, openssl

DAY = date(2026, 3, 2)


@dataclass
class Visit:
    home: Path
    package: Path
    authority: Authority


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """One scan of the demo's booking site with a browser and a time-stamping authority, its capture exported."""
    folder = tmp_path_factory.mktemp("visite")
    browser = find_browser("auto")
    assert browser is not None, "these tests need a browser: they prove nothing without"
    home = folder / "home"
    create_home(home, acting=Acting.SELF, code="KINE", person="Camille Exemple", simulated=True)
    config = (home / "config.toml").read_text(encoding="utf-8")
    for key, value in (
        ("browser", f'"{browser}"'), ("timestamp_authorities", f'["{TSA_URL}"]'), ("pace_seconds", "0.05"),
        ("timestamp_roots", '"roots"'),
    ):  # fmt: skip
        config = re.sub(rf"(?m)^{key} = .*", f"{key} = {value}", config)
    (home / "config.toml").write_text(config, encoding="utf-8")
    with BookingSite() as site, Authority(folder / "tsa") as authority:
        (authority.roots).rename(home / "roots")
        loopback = {HOST: ("127.0.0.1", site.port)} | authority.loopback
        with App.open(home, today=DAY, writing=True, loopback=loopback) as app:
            told = {"today": DAY, "at": app.now(), "actor": "Camille Exemple"}
            camille = Practitioner(
                id="99900000011", rpps="99900000011", family_name="Exemple", first_name="Camille",
                practices=(Practice(street="12 rue des Essais", postcode="26000", town="Valence"),),
            )  # fmt: skip
            enrol.import_roster(app.store, [camille], source="essai", **told)
            ledger.set_watch(app.store, Watch(camille.id, True, DAY, "moi"), **told)
            platform.verify_site(app.store, SiteCheck(HOST, DAY, CANARY_URL, True), **told)
            (result,) = scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
            assert result.kept
            done = evidence.stamp_due(app.store, app.vault, app.stamper())
            assert done.failure == "", done.failure
            row = app.store.captures()[0]
            app.evidence.export(row, app.store.tokens(row.id), folder / "capture.wacz", app.stamper().roots)
        yield Visit(home, folder / "capture.wacz", authority)


def unpacked(visit: Visit, folder: Path) -> dict[str, Path]:
    with zipfile.ZipFile(visit.package) as package:
        package.extractall(folder)
    return {path.name: path for path in folder.rglob("*") if path.is_file()}


def run(program: str, *words: object) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name(program), *words]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


def test_wacz_validate_finds_the_package_valid(visit: Visit) -> None:
    done = run("wacz", "validate", "-f", visit.package)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is valid" in done.stdout


def test_warcio_check_finds_every_record_right_and_one_altered_byte_wrong(visit: Visit, tmp_path: Path) -> None:
    warc = unpacked(visit, tmp_path)["data.warc.gz"]
    assert run("warcio", "check", warc).returncode == 0
    plain = tmp_path / "plain.warc"
    run("warcio", "recompress", warc, tmp_path / "again.warc.gz")
    import gzip

    data = bytearray(gzip.decompress(warc.read_bytes()))
    data[data.rindex(b"Camille Exemple")] ^= 1
    plain.write_bytes(data)
    assert run("warcio", "check", plain).returncode == 1


def test_openssl_verifies_the_time_stamp_of_the_manifest_and_refuses_an_altered_one(
    visit: Visit, tmp_path: Path
) -> None:
    files = unpacked(visit, tmp_path)
    (token,) = [path for name, path in files.items() if name.endswith(".tsr")]
    words = ("ts", "-verify", "-in", token, "-CAfile", visit.home / "roots" / "root.pem", "-data")
    assert "Verification: OK" in openssl(*words, files["manifest.json"])
    altered = tmp_path / "altered.json"
    altered.write_bytes(files["manifest.json"].read_bytes().replace(b"camille", b"camilla", 1))
    openssl(*words, altered, code=1)


def test_the_capture_holds_the_exchanges_the_picture_and_the_sheet_of_the_visit(visit: Visit, tmp_path: Path) -> None:
    files = unpacked(visit, tmp_path)
    manifest = json.loads(files["manifest.json"].read_bytes())
    names = {each["name"] for each in manifest["artefacts"]}
    assert {"data.warc.gz", "page.png", "page.mhtml"} <= names
    assert manifest["robots"]["status"] == 200
    assert manifest["address"] == "127.0.0.1"
    assert files["page.png"].read_bytes().startswith(b"\x89PNG")


def test_one_altered_byte_of_any_file_of_the_vault_is_named(visit: Visit, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = json.loads(zipfile.ZipFile(visit.package).read(next(
        name for name in zipfile.ZipFile(visit.package).namelist() if name.endswith("manifest.json")
    )))  # fmt: skip
    home = ("--home", str(visit.home))
    assert cli.run([*home, "capture", "verify"]) == 0
    for artefact in manifest["artefacts"]:
        path = visit.home / "vault" / artefact["sha256"][:2] / artefact["sha256"]
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        capsys.readouterr()
        assert cli.run([*home, "capture", "verify"]) == 1
        assert artefact["name"] in capsys.readouterr().err
        path.write_bytes(whole)
    assert cli.run([*home, "capture", "verify"]) == 0
