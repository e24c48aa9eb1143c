"""Pictures by the browser of this machine, of a site on loopback. Without a browser these tests fail: they prove nothing."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from time import monotonic

import pytest
from PIL import Image

from listingguard.domain.event import canonical
from listingguard.domain.listing import Listing, Page
from listingguard.edge.browser import MAX_HEIGHT, Camera, find_browser
from listingguard.edge.mask import check_png, masked_html
from listingguard.edge.sheet import sheet_pdf
from listingguard.errors import Blocked, Unreachable

LETTERS = Path(__file__).parents[2] / "letters"
HOST = "rdv-soins.example"
PROFILE = """<!doctype html><html lang=fr><meta charset=utf-8><title>Camille Exemple</title>
<body style="margin:0;background:rgb(0,128,0)"><h1>Camille Exemple, kiné</h1><img src="/photo.png" width=40 height=40>
<script>document.body.append([navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone, innerWidth].join(' '))
</script></body></html>"""
# Each tries to reach a port of this machine by another road.
ROADS = """<!doctype html><body><script>
const to = 'http://127.0.0.1:%(tcp)d';
function call(w) {
  try {
    const p = new w.RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:%(udp)d'},
      {urls: 'turn:127.0.0.1:%(tcp)d?transport=tcp', username: 'a', credential: 'b'}]});
    p.createDataChannel('x'); p.createOffer().then(o => p.setLocalDescription(o));
  } catch (e) {}
}
call(window);
const f = document.createElement('iframe'); document.body.append(f); call(f.contentWindow);
fetch(to).catch(() => 0); new Image().src = to + '/i'; navigator.sendBeacon(to, 'x'); window.open(to);
try { new WebSocket('ws://127.0.0.1:%(tcp)d/w') } catch (e) {}
try { new WebTransport('https://127.0.0.1:%(tcp)d/t') } catch (e) {}
new Worker(URL.createObjectURL(new Blob(["fetch('" + to + "/worker')"])));
for (const rel of ['preconnect', 'prefetch', 'dns-prefetch', 'stylesheet']) {
  const l = document.createElement('link'); l.rel = rel; l.href = to; document.head.append(l);
}
const f2 = document.createElement('iframe'); f2.src = 'http://localhost:%(tcp)d/f'; document.body.append(f2);
</script></body>"""


class Site:
    """A booking site on loopback: what it serves by path, and every request it saw."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str]] = {}
        self.seen: list[tuple[str, str]] = []
        self.agents: set[str] = set()
        self.cookies: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.seen.append((self.command, self.path))
                site.agents.add(self.headers["User-Agent"])
                site.cookies += self.headers.get_all("Cookie") or []
                status, body = site.pages.get(self.path, (404, ""))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", body)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Set-Cookie", "visite=1")
                self.end_headers()
                self.wfile.write(body.encode())

            do_POST = do_PUT = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.server.server_port


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    yield served
    served.server.shutdown()
    served.server.server_close()


@pytest.fixture
def camera(site: Site) -> Camera:
    found = find_browser()
    assert found, (
        "no Chromium, Chrome or Edge on this machine (Debian: apt install chromium), or no playwright: nothing was tested"
    )
    return Camera(
        found,
        user_agent="listingguard/1.0 (+https://conseil.example)",
        now=lambda: datetime.now(UTC),
        loopback={HOST: site.address},
        max_seconds=30,
    )


def test_a_page_comes_back_as_a_picture_and_as_one_file_with_the_facts_of_how(site, camera):
    site.pages["/k/camille"] = (200, PROFILE)
    shots = camera.shoot(f"http://{HOST}/k/camille", None)
    picture = Image.open(BytesIO(shots.files["page.png"]))
    assert picture.size == (1280, 1024)
    assert picture.convert("RGB").getpixel((1270, 1000)) == (0, 128, 0)
    archive = shots.files["page.mhtml"].decode()
    assert "fr-FR Europe/Paris 1280" in archive.replace("=\r\n", "")
    assert "Camille Exemple" in archive
    facts = shots.facts
    assert (facts["viewport"], facts["browser_status"], facts["page_height"]) == ("1280×1024", 200, 1024)
    assert facts["browser_address"] == "127.0.0.1"
    assert facts["browser"].split()[-1][0].isdigit()
    assert "aucun clic" in facts["clicks"]
    assert "aucun cookie à l’ouverture" in facts["cookies"]
    assert datetime.fromisoformat(facts["browser_at"]).tzinfo is not None
    # The facts go into a manifest, whose JSON must be canonical.
    assert json.loads(canonical(dict(facts))) == facts
    assert [agent for agent in site.agents if not agent.endswith("listingguard/1.0 (+https://conseil.example)")] == []


def test_the_same_page_gives_the_same_pixels_and_no_visit_knows_the_one_before(site, camera):
    site.pages["/k"] = (200, PROFILE)
    first, second = (camera.shoot(f"http://{HOST}/k", None).files["page.png"] for _ in range(2))
    assert Image.open(BytesIO(first)).tobytes() == Image.open(BytesIO(second)).tobytes()
    # The photo of the same page sends back the cookie of that page; a second visit opens without one.
    pages = [path for _, path in site.seen]
    assert pages.count("/k") == 2
    assert len(site.cookies) <= pages.count("/photo.png")


def test_no_road_leads_from_the_page_to_this_machine(site, camera):
    udp, tcp = socket.socket(type=socket.SOCK_DGRAM), socket.socket()
    with udp, tcp:
        for each in (udp, tcp):
            each.bind(("127.0.0.1", 0))
            each.settimeout(0.3)
        tcp.listen()
        site.pages["/roads"] = (200, ROADS % {"udp": udp.getsockname()[1], "tcp": tcp.getsockname()[1]})
        facts = camera.shoot(f"http://{HOST}/roads", None).facts
        with pytest.raises(TimeoutError):
            udp.recvfrom(10)
        with pytest.raises(TimeoutError):
            tcp.accept()
    assert facts["files_not_loaded"]["autre site"] >= 4
    assert {"127.0.0.1", "localhost"} <= {name.partition(":")[0] for name in facts["third_parties_not_loaded"]}


def test_a_redirection_to_another_name_or_address_is_not_followed(site, camera):
    for name, target in (("out", "http://other.example/"), ("in", f"http://127.0.0.1:{site.address[1]}/inside")):
        site.pages[f"/{name}"] = (302, target)
        with pytest.raises(Unreachable, match="autre site"):
            camera.shoot(f"http://{HOST}/{name}", None)
    assert ("GET", "/inside") not in site.seen


def test_the_page_only_reads_and_robots_txt_holds_for_its_files(site, camera):
    site.pages["/k"] = (
        200,
        "<h1>Camille Exemple</h1><script>fetch('/rendez-vous', {method: 'POST', body: 'x'}); fetch('/prive/a');"
        "fetch('/ouvert'); navigator.sendBeacon('/balise', 'x')</script>",
    )
    facts = camera.shoot(f"http://{HOST}/k", None, "User-agent: *\nDisallow: /prive/\n").facts
    assert {method for method, _ in site.seen} == {"GET"}
    assert {path for _, path in site.seen} - {"/favicon.ico"} == {"/k", "/ouvert"}
    assert facts["files_not_loaded"]["interdit par robots.txt"] == 1
    assert facts["files_not_loaded"]["requête POST, qui n’est pas une lecture"] == 2


def test_a_page_without_end_is_cut_and_the_facts_say_where(site, camera):
    site.pages["/long"] = (
        200,
        "<body style='margin:0'><div style='height:90000px;background:linear-gradient(red,blue)'>",
    )
    shots = camera.shoot(f"http://{HOST}/long", None)
    assert Image.open(BytesIO(shots.files["page.png"])).size == (1280, MAX_HEIGHT)
    assert (shots.facts["page_height"], shots.facts["page_height_shown"]) == (90_000, MAX_HEIGHT)


def test_a_script_without_end_is_given_up_in_time_and_leaves_no_browser_behind(site, camera):
    site.pages["/loop"] = (200, "<p>x</p><script>setTimeout(() => { for (;;) {} }, 300)</script>")
    hurried = Camera(
        camera._executable, user_agent="x", now=lambda: datetime.now(UTC), loopback={HOST: site.address}, max_seconds=6
    )
    start = monotonic()
    with pytest.raises(Unreachable, match="6 secondes"):
        hurried.shoot(f"http://{HOST}/loop", None)
    assert monotonic() - start < 60
    rules = f"MAP {HOST} 127.0.0.1:{site.address[1]}".encode()
    running = [p for p in Path("/proc").glob("[0-9]*/cmdline") if rules in _read(p)]
    assert running == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_refusal_is_a_refusal_and_no_picture_of_it_is_kept(site, camera):
    site.pages["/no"] = (403, "<h1>Accès refusé</h1>")
    with pytest.raises(Blocked, match="403"):
        camera.shoot(f"http://{HOST}/no", None)


def test_the_picture_of_a_masked_copy_is_drawn_without_network_and_holds_only_pixels(site, camera):
    body = PROFILE.replace("kiné", "kiné, avec Paul Dumont").encode()
    url = f"http://{HOST}/k"
    page = Page(url, url, 200, (("Content-Type", "text/html; charset=utf-8"),), body, datetime.now(UTC))
    keep = Listing(site=HOST, id="c", url=url, name="Camille Exemple")
    other = Listing(site=HOST, id="p", url=url, name="Paul Dumont")
    copy = masked_html(page, keep, [other], [])
    picture = camera.render(copy.html)
    check_png(picture)
    image = Image.open(BytesIO(picture))
    assert (image.width, image.info) == (1280, {})
    assert picture == camera.render(copy.html)
    # The name makes a difference to what is drawn, so its absence is what the picture shows.
    assert picture != camera.render(copy.html.replace("[masqué]".encode(), b"Paul Dumont"))
    hostile = f"<img src='http://{HOST}/a.png'><script>fetch('http://{HOST}/b')</script><iframe src='http://{HOST}/c'>"
    assert camera.render(hostile.encode()).startswith(b"\x89PNG")
    assert site.seen == []


def test_the_picture_of_a_real_visit_fits_its_sheet(site, camera):
    site.pages["/k"] = (200, PROFILE)
    shots = camera.shoot(f"http://{HOST}/k", None)
    at = shots.facts["browser_at"]
    manifest = {
        "url": f"http://{HOST}/k", "final_url": f"http://{HOST}/k", "status": 200, "at": at, "size": 1, "sha256": "a" * 64,
        "origin": "scan", "simulated": False, "environment": dict(shots.facts),
    }  # fmt: skip
    assert sheet_pdf(manifest, shots.files["page.png"], letters=LETTERS).startswith(b"%PDF")
