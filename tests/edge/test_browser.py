"""What the camera refuses before any browser starts, and how a browser is found; pictures are in tests/system."""

import socket
from datetime import UTC, datetime
from importlib import util
from pathlib import Path

import pytest

from listingguard.edge import browser
from listingguard.edge.browser import Camera, find_browser
from listingguard.errors import BadConfig, BadInput, Forbidden, Unreachable


def now() -> datetime:
    return datetime(2026, 3, 12, 9, tzinfo=UTC)


@pytest.fixture
def camera(tmp_path, monkeypatch) -> Camera:
    async def started(*_):
        raise AssertionError("the browser was started")

    monkeypatch.setattr(Camera, "_launch", started)
    return Camera(tmp_path / "chromium", user_agent="listingguard/1.0", now=now)


def leads_to(monkeypatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.1.1", "::1", "fd00::1", "64:ff9b::7f00:1", "not one"],
)
def test_an_address_inside_a_network_is_refused_given_or_resolved(camera, monkeypatch, address):
    with pytest.raises(Forbidden, match="Adresse interdite"):
        camera.shoot("https://rdv-soins.example/k", address)
    leads_to(monkeypatch, address)
    with pytest.raises(Forbidden, match="Adresse interdite"):
        camera.shoot("https://rdv-soins.example/k", None)


def test_one_address_inside_among_public_ones_is_enough_to_refuse(camera, monkeypatch):
    leads_to(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        camera.shoot("https://rdv-soins.example/k", None)


@pytest.mark.parametrize(
    "url", ["https://rdv-soins.example:8443/k", "http://rdv-soins.example:22/", "https://a:b@rdv-soins.example/"]
)
def test_another_port_or_a_password_is_refused(camera, url):
    with pytest.raises(Forbidden):
        camera.shoot(url, "93.184.216.34")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "javascript:alert(1)", "chrome://version", "https://", "https://a,MAP * 10.0.0.1/", "https://[::1]/",
     "https://a b/", "view-source:https://rdv-soins.example/", "https://-x.example/", "https://*/"],
)  # fmt: skip
def test_what_is_no_page_of_a_named_site_never_reaches_the_browser(camera, url):
    with pytest.raises((BadInput, Forbidden)):
        camera.shoot(url, "93.184.216.34")


def test_a_name_that_does_not_exist_is_said_so(camera, monkeypatch):
    def fails(*_, **__):
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    with pytest.raises(Unreachable, match="n’existe pas"):
        camera.shoot("https://rdv-soins.example/", None)


def test_only_this_machine_may_stand_for_an_invented_name(tmp_path):
    with pytest.raises(Forbidden):
        Camera(tmp_path, user_agent="x", now=now, loopback={"rdv-soins.example": ("10.0.0.1", 80)})


def test_a_browser_is_found_by_its_name_or_given_by_its_path_or_switched_off(tmp_path, monkeypatch):
    own = tmp_path / "google-chrome"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "_PLACES", {})
    monkeypatch.setattr(browser, "find_spec", lambda name: util.find_spec("json"))
    assert find_browser() == own
    assert find_browser(str(own)) == own
    assert find_browser("off") is None
    with pytest.raises(BadConfig, match="n’est pas un fichier"):
        find_browser(str(tmp_path / "none"))
    own.unlink()
    assert find_browser() is None


def test_without_the_part_that_drives_it_a_browser_is_not_offered_and_a_path_says_what_to_install(monkeypatch):
    monkeypatch.setattr(browser, "find_spec", lambda name: None)
    assert find_browser() is None
    with pytest.raises(BadConfig, match=r"listingguard\[capture\]"):
        find_browser(str(Path(__file__)))
