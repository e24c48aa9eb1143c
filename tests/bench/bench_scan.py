"""How fast a whole scan is, beside Scrapy: `python tests/bench/bench_scan.py [--pages N] [--rounds N]`.

An invented directory on loopback serves robots.txt, a sitemap, and one profile page of 60 KB per invented kiné. Both
sides obey robots.txt, find the pages through the sitemap and extract the same fields, all that `read` prints: name,
profession, places, phones in international form, e-mail, RPPS, rating, booking link, state, traits, services. What
Scrapy saved is compared with what listingguard kept, field by field, and the count of equal listings is printed.

listingguard does its whole job besides, and Scrapy none of this: guard on each connection, pace and daily count across
processes, matching with the roster, WARC, evidence in the vault, seal, database, fsync, memory of what each page told.
The pace is zero on both sides, which only an invented site allows; a real one is read one page per five seconds. The
servers answer from memory, in processes of their own.

The peer is Scrapy with a spider written for these very pages. A second row is Scrapy with extruct (JSON-LD, microdata,
RDFa), the reader one takes for pages of unknown shape: listingguard reads these as it reads any other.

Seconds are those of a whole run as a command, imports included, on both sides; so is the processor's time, of all its
processes. Where other work shares the machine, the processor's time is the measure, and not the clock's; of several
rounds the least counts, on both sides. What one page more costs is told by a second run over a quarter of the pages.
Scrapy is one process by design; listingguard is shown with two (`scan --workers 2`) and with one, its threads as `scan`
has them. What an unchanged page costs is told by the processor's time of the one process from its first request on,
imports left out of both scans.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from stdnum import luhn

sys.path.insert(0, str(Path(__file__).parent))

from installed import compiled

from listingguard.app import App, create_home, readers
from listingguard.domain.case import Acting
from listingguard.domain.listing import Page
from listingguard.domain.practitioner import Practice, Practitioner, Watch
from listingguard.domain.record import SiteCheck
from listingguard.flow import scan
from listingguard.pages.line import as_line

FIRST = [
    "Camille",
    "Lou",
    "Ange",
    "Eden",
    "Yaël",
    "Morgan",
    "Maxime",
    "Claude",
    "Andréa",
    "Swann",
    "Gaël",
    "Lenny",
    "Jo",
    "Robin",
    "Noa",
    "Sam",
    "Lisa",
    "René",
    "Léa",
    "Hugo",
]
SYLLABLES = [
    "ba",
    "be",
    "bou",
    "cha",
    "dal",
    "fa",
    "gar",
    "gue",
    "la",
    "lo",
    "ma",
    "mon",
    "na",
    "pe",
    "ra",
    "ri",
    "ro",
    "sa",
    "sel",
    "ta",
    "ti",
    "va",
    "vi",
]
WORDS = [
    "cabinet",
    "séance",
    "rééducation",
    "massage",
    "épaule",
    "genou",
    "dos",
    "sportif",
    "horaires",
    "accès",
    "parking",
    "tram",
    "patient",
    "bilan",
]

STUB, CUSTOMER = "Cette fiche n’a pas été revendiquée", "Réservez en ligne avec ce professionnel"
"""What a page says of itself, where a person reads it."""

ADAPTER = '''
class Bench{n}(Site):
    """An invented directory."""

    host = "annuaire{n}.example"
    name = "Annuaire {n}"
    base = "http://annuaire{n}.example"
    profile = r"/kine/(?P<id>[^/]+)"
    sitemap = "/sitemap.xml"
    stub_phrases = ({stub!r},)
    customer_phrases = ({customer!r},)
    pace_seconds = 0.0
    real = False
'''

SPIDER = """
import json, sys
from urllib.parse import urlsplit
import phonenumbers
import scrapy
from scrapy.crawler import CrawlerProcess

port, hosts, out, generic, most = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4] == "generic", sys.argv[5]
if generic:
    import extruct

def things(response):
    if generic:
        found = extruct.extract(response.text, base_url=response.url, syntaxes=["json-ld", "microdata", "rdfa"])
        yield from found["json-ld"] + found["microdata"] + found["rdfa"]
        return
    for text in response.xpath("//script[@type='application/ld+json']/text()").getall():
        thing = json.loads(text)
        yield from thing if isinstance(thing, list) else [thing]

def international(text):
    number = phonenumbers.parse(text, "FR")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

def price(offer):
    return f"{offer['price'].replace('.', ',')} €"

class Kines(scrapy.spiders.SitemapSpider):
    name = "kines"
    sitemap_urls = [f"http://127.0.0.1:{port + n}/sitemap.xml" for n in range(hosts)]
    sitemap_rules = [("/kine/", "parse")]

    def parse(self, response):
        for one in things(response):
            if one.get("@type") != "Physician":
                continue
            address, rating = one["address"], one.get("aggregateRating") or {}
            phones = [international(one["telephone"])]
            booking = ((one.get("potentialAction") or {}).get("target") or {}).get("urlTemplate")
            phrase = response.css("p.etat::text").get("").strip()
            stub = "revendiquée" in phrase
            street, postcode, town = address["streetAddress"], address["postalCode"], address["addressLocality"]
            yield {
                "url": response.urljoin(one["url"]),
                "site": urlsplit(response.url).netloc,
                "id": one["url"].rsplit("/", 1)[1],
                "kind": "person",
                "name": one["name"],
                "profession": one["medicalSpecialty"],
                "organisation": "",
                "street": street, "postcode": postcode, "town": town, "country": address["addressCountry"],
                "places": [{"street": street, "postcode": postcode, "town": town, "phones": phones}],
                "phones": phones,
                "email": one["email"],
                "rpps": one["identifier"]["value"],
                "rating": float(rating["ratingValue"]) if rating else None,
                "review_count": int(rating["reviewCount"]) if rating else None,
                "booking_url": response.urljoin(booking) if booking else "",
                "bookable": True if booking else None,
                "state": "stub" if stub else "customer",
                "state_phrase": phrase.rstrip("."),
                "traits": (["bookable"] if booking else []) + (["reviews"] if rating else []),
                "services": [{"name": s["name"], "price": ""} for s in one["availableService"]]
                + [{"name": o["itemOffered"]["name"], "price": price(o)} for o in one["makesOffer"]],
            }

settings = {"ROBOTSTXT_OBEY": True, "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "DOWNLOAD_DELAY": 0,
    "LOG_LEVEL": "ERROR", "FEEDS": {out: {"format": "jsonlines"}}, "TELNETCONSOLE_ENABLED": False}
if most != "0":
    settings["CLOSESPIDER_ITEMCOUNT"] = int(most)
process = CrawlerProcess(settings)
process.crawl(Kines)
process.start()
"""


def people(count: int, seed: int = 7) -> list[tuple[str, str, str]]:
    """Return name, slug and telephone of invented kinés."""
    random_ = random.Random(seed)
    found = {}
    while len(found) < count:
        last = "".join(random_.choices(SYLLABLES, k=3)).capitalize()
        name = f"{random_.choice(FIRST)} {last}"
        slug = re.sub(r"[^a-z]+", "-", name.lower().translate(str.maketrans("éëèê", "eeee")))
        n = len(found)
        found.setdefault(slug, (name, slug, f"04 65 71 {n // 100 % 100:02} {n % 100:02}"))
    return list(found.values())


def street_of(phone: str) -> str:
    """Return the street of whoever has this number: a few of them share one."""
    n = int(phone.replace(" ", "")[-4:])
    return f"{n // 3 + 1} rue des Essais"


def rpps_of(number: int) -> str:
    """Return an invented number with the form of an RPPS number."""
    digits = f"1{number:09}"
    return digits + luhn.calc_check_digit(digits)


def body(name: str, slug: str, phone: str, kilobytes: int = 60) -> bytes:
    """Return one profile page."""
    random_ = random.Random(slug)
    number = int(phone.replace(" ", "")[-4:])
    # Some never claimed their page, some have no rating yet.
    stub = number % 3 == 0
    booking = {"@type": "EntryPoint", "urlTemplate": f"/rdv/{slug}"}
    thing = {
        "@context": "https://schema.org", "@type": "Physician", "name": name, "url": f"/kine/{slug}",
        "medicalSpecialty": "Masseur-kinésithérapeute", "telephone": phone, "email": f"{slug}@courriel.example",
        "identifier": {"@type": "PropertyValue", "propertyID": "RPPS", "value": rpps_of(number)},
        "address": {"@type": "PostalAddress", "streetAddress": street_of(phone), "postalCode": "26000",
                    "addressLocality": "Valence", "addressCountry": "FR"},
        "availableService": [{"@type": "MedicalTherapy", "name": "Bilan"}],
        "makesOffer": [{"@type": "Offer", "price": "22.26", "priceCurrency": "EUR",
                        "itemOffered": {"@type": "Service", "name": "Séance de rééducation"}}],
    }  # fmt: skip
    if not stub:
        thing["potentialAction"] = {"@type": "ReserveAction", "target": booking}
    if number % 4:
        thing["aggregateRating"] = {"@type": "AggregateRating", "ratingValue": "4.5", "reviewCount": 1 + number % 40}
    text = (
        f'<!doctype html><html lang="fr"><head><title>{name}</title><script type="application/ld+json">'
        f"{json.dumps(thing, ensure_ascii=False)}</script></head><body><nav><a href='/'>Accueil</a></nav><h1>{name}</h1>"
        f'<p class="etat">{STUB if stub else CUSTOMER}.</p>'
    )
    while len(text) < kilobytes * 1000:
        text += f'<div class="bloc"><h3><a href="/p/{len(text)}">{random_.choice(WORDS)}</a></h3><p>'
        text += " ".join(random_.choices(WORDS, k=40)) + "</p></div>"
    return (text + "</body></html>").encode()


def serve(port: int, rows: list[tuple[str, str, str]], host: str, ready) -> None:
    """Answer from memory until killed; sends ETag, and 304 to whoever shows it."""
    # Here, so that the scans that this file starts need not load it.
    import asyncio

    pages = {f"/kine/{slug}": body(name, slug, phone) for name, slug, phone in rows}

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode()
                asked = re.search(rb"(?i)\r\nhost: *([^\r]+)", head)
                base = f"http://{asked[1].decode() if asked else host}"
                if path == "/robots.txt":
                    status, kind, data = 200, "text/plain", b"User-agent: *\nDisallow: /prive/\n"
                elif path == "/sitemap.xml":
                    urls = "".join(f"<url><loc>{base}{p}</loc></url>" for p in pages)
                    data = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()
                    status, kind = 200, "application/xml"
                elif path in pages:
                    status, kind, data = 200, "text/html; charset=utf-8", pages[path]
                    if b"if-none-match" in head.lower():
                        status, data = 304, b""
                else:
                    status, kind, data = 404, "text/plain", b"rien"
                etag = f'ETag: "{path}"\r\n' if path in pages else ""
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{etag}Content-Length: {len(data)}\r\n\r\n".encode()
                    + data
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(client, "127.0.0.1", port)
        ready.set()
        async with server:
            await server.serve_forever()

    asyncio.run(main())


def cpu() -> float:
    """Return the seconds of processor this process and its ended children have used."""
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


@dataclass(frozen=True)
class Run:
    """One whole scan by a command of its own. working: seconds of processor without imports; memory: MB at most."""

    label: str
    seconds: float
    used: float
    listings: int
    requests: int = 0
    working: float = 0.0
    memory: float = 0.0


def timed(command: list[str]) -> tuple[str, float, float]:
    """Return what the command wrote, its seconds and its seconds of processor."""
    before, start = cpu(), time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout, time.perf_counter() - start, cpu() - before


def scan_ours(label: str, home: Path, args: argparse.Namespace, day: str, workers: int = 1) -> Run:
    """Return one scan of a home by so many processes."""
    command = [sys.executable, __file__, "--scan", str(home), "--day", day, "--workers", str(workers)]
    out, seconds, used = timed([*command, "--port", str(args.port), "--hosts", str(args.hosts)])
    return Run(label, seconds, used, **json.loads(out.splitlines()[-1]))


def scan_theirs(label: str, reader: str, work: Path, args: argparse.Namespace, most: int = 0) -> Run:
    """Return one run of Scrapy. reader: `strict`, written for these pages, or `generic`. most: pages, or a few more."""
    spider, out = work / "spider.py", saved_by_theirs(work, reader, most)
    spider.write_text(SPIDER, encoding="utf-8")
    command = [sys.executable, str(spider), str(args.port), str(args.hosts), str(out), reader, str(most)]
    _, seconds, used = timed(command)
    return Run(label, seconds, used, len(out.read_text(encoding="utf-8").splitlines()))


def saved_by_theirs(work: Path, reader: str, most: int = 0) -> Path:
    """Return the file in which Scrapy saves what it extracts."""
    return work / f"{reader}-{most}.jsonl"


def same_listings(theirs: Path, home: Path, args: argparse.Namespace) -> tuple[int, int]:
    """Return how many of the listings that Scrapy saved listingguard kept with the same value in every field, of all."""
    wanted = {}
    saved = theirs.read_text(encoding="utf-8")
    for n in range(args.hosts):
        saved = saved.replace(f"127.0.0.1:{args.port + n}", f"annuaire{n}.example")
    for line in saved.splitlines():
        item = json.loads(line)
        wanted[item["url"]] = item
    with App.open(home) as app:
        found = {listing.url: as_line(listing) for listing, _ in app.store.listings()}
    unlike = []
    for url, item in wanted.items():
        ours = {key: value for key, value in found.get(url, {}).items() if key != "layer"}
        if ours != item:
            unlike.append(f"{url}: {[(k, v, ours.get(k)) for k, v in item.items() if v != ours.get(k)]}")
    print(*unlike[:1], sep="\n", end="", file=sys.stderr)
    return len(wanted) - len(unlike), len(wanted)


def one_scan(args: argparse.Namespace) -> dict[str, float]:
    """Return what `scan_ours` asks for; runs in a process of its own."""
    loopback = {f"annuaire{n}.example": ("127.0.0.1", args.port + n) for n in range(args.hosts)}
    at = {"today": date.fromisoformat(args.day), "writing": True, "loopback": loopback}
    with readers(args.workers) as others, App.open(Path(args.scan), **at) as app:
        hosts = scan.hosts_on(app.store, app.sites)
        if args.workers == 1:
            # Everything that reading a page imports, so that it counts in no scan's work.
            with app.desk() as desk:
                desk.sites.for_url("http://annuaire.example").reading(an_answer())
        start = cpu()
        results = app.scan(hosts, others=others)
        working = cpu() - start
    for result in results:
        if result.unreadable or (result.stopped and "limite" not in result.stopped):
            print(result.host, result.stopped, result.notes[:3], file=sys.stderr)
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "requests": sum(r.pages for r in results),
        "listings": sum(len(r.kept) for r in results),
        "working": working,
        "memory": memory / 1024,
    }


def an_answer() -> Page:
    """Return a page without a site."""
    url = "http://annuaire.example/kine/camille"
    return Page(url, url, 200, (), body("Camille Exemple", "camille", "04 65 71 00 00", 1), datetime.now(UTC))


def one_round(work: Path, rows: list[tuple[str, str, str]], args: argparse.Namespace, few_pages: int) -> list[Run]:
    """Return one run of each: Scrapy, over a quarter of the pages; ours by two processes, by one, unchanged, a quarter."""
    work.mkdir()
    runs = [
        scan_theirs("Scrapy", "strict", work, args),
        scan_theirs("Scrapy, a quarter", "strict", work, args, few_pages),
    ]
    home = make_home(work / "two", rows, args.hosts)
    runs.append(scan_ours("listingguard, two processes", home, args, "2026-03-02", 2))
    home = make_home(work / "one", rows, args.hosts)
    runs.append(scan_ours("listingguard, one process", home, args, "2026-03-02"))
    runs.append(scan_ours("listingguard, one process, unchanged", home, args, "2026-03-16"))
    home = make_home(work / "few", rows, args.hosts, pages=few_pages // args.hosts)
    runs.append(scan_ours("listingguard, one process, a quarter", home, args, "2026-03-02"))
    return runs


def least(runs: Sequence[Run]) -> Run:
    """Return the run that took the least of the processor; its seconds are the least of all: what else ran adds only."""
    best = min(runs, key=lambda run: run.used)
    return replace(best, seconds=min(r.seconds for r in runs), working=min(r.working for r in runs))


def further(whole: Run, part: Run) -> float:
    """Return what one page more costs, in milliseconds of processor: two runs apart, without what each begins with."""
    return (whole.used - part.used) / (whole.listings - part.listings) * 1000


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--pages", type=int, default=2000)
    arguments.add_argument("--hosts", type=int, default=4)
    arguments.add_argument("--port", type=int, default=18310)
    arguments.add_argument("--rounds", type=int, default=1, help="how often each is run; the least counts")
    # One scan in a process of its own, so that its memory and its processor time are its own.
    arguments.add_argument("--scan", help=argparse.SUPPRESS)
    arguments.add_argument("--day", help=argparse.SUPPRESS)
    arguments.add_argument("--workers", type=int, help=argparse.SUPPRESS)
    args = arguments.parse_args()
    if args.scan:
        print(json.dumps(one_scan(args)))
        return
    compiled()
    rows = people(args.pages)
    work = Path(tempfile.mkdtemp(prefix="bench-scan-"))
    servers = []
    for n in range(args.hosts):
        ready = multiprocessing.Event()
        server = multiprocessing.Process(
            target=serve, args=(args.port + n, rows[n :: args.hosts], f"annuaire{n}.example", ready), daemon=True
        )
        server.start()
        ready.wait(10)
        servers.append(server)
    few_pages = max(40, args.pages // 4)
    try:
        rounds = [one_round(work / str(n), rows, args, few_pages) for n in range(args.rounds)]
        peer, some, two, one, same, few = (least(runs) for runs in zip(*rounds, strict=True))
        # A hundred milliseconds a page: a tenth of the pages tells.
        generic = scan_theirs("Scrapy with extruct, a tenth", "generic", work, args, max(40, args.pages // 10))
        print(f"{args.pages} pages of 60 KB on {args.hosts} hosts, {os.cpu_count()} cores")
        print(
            f"{'':<40}{'pages':>7}{'seconds':>9}{'CPU s':>8}{'pages/s':>9}{'CPU ms/page':>13}{'requests':>10}{'MB':>6}"
        )
        for run in (peer, some, generic, two, one, same, few):
            pages = run.listings or args.pages
            print(
                f"{run.label:<40}{pages:>7}{run.seconds:>9.2f}{run.used:>8.2f}{pages / run.seconds:>9.0f}"
                f"{run.used / pages * 1000:>13.1f}{run.requests or '':>10}{f'{run.memory:.0f}' if run.memory else '':>6}"
            )
        agree, of = same_listings(saved_by_theirs(work / "0", "strict"), work / "0" / "one", args)
        print(f"the same values in every field: {agree} of {of} listings")
        theirs, ours = further(peer, some), further(one, few)
        print(f"one page more, in CPU: Scrapy {theirs:.1f} ms, listingguard {ours:.1f} ms: × {theirs / ours:.2f}")
        for other in (peer, generic):
            rate = other.listings / other.seconds
            paid = other.used / other.listings
            print(
                f"beside {other.label}, pages per second: × {args.pages / two.seconds / rate:.2f} with two processes, "
                f"× {args.pages / one.seconds / rate:.2f} with one; pages per CPU second: "
                f"× {paid * args.pages / two.used:.2f} and × {paid * args.pages / one.used:.2f}"
            )
        print(f"unchanged, in CPU: ÷ {one.working / same.working:.1f} ({one.working:.2f} s, then {same.working:.2f} s)")
        print(f"memory, from {few.listings} pages to {one.listings}: {one.memory - few.memory:+.0f} MB")
    finally:
        for server in servers:
            server.kill()
        shutil.rmtree(work, ignore_errors=True)


def make_home(folder: Path, rows: list[tuple[str, str, str]], hosts: int, pages: int = 100_000) -> Path:
    """Return a simulated home that watches every invented kiné, with one adapter per host, read up to so many pages."""
    create_home(folder, acting=Acting.SELF, code="BENCH", person="Camille Exemple", simulated=True)
    config = (folder / "config.toml").read_text(encoding="utf-8")
    for key, value in (
        ("pace_seconds", "0.001"), ("jitter", "0.0"), ("max_pages_per_site", str(pages)),
        ("max_requests_per_day", "100000"), ("sites_folder", '"sites"'), ("browser", '"off"'),
    ):  # fmt: skip
        config = re.sub(rf"(?m)^{key} = .*", f"{key} = {value}", config)
    (folder / "config.toml").write_text(config, encoding="utf-8")
    (folder / "sites").mkdir()
    for n in range(hosts):
        (folder / "sites" / f"annuaire{n}.py").write_text(
            '"""An invented directory."""\n\nfrom listingguard.sites import Site\n'
            + ADAPTER.format(n=n, stub=STUB, customer=CUSTOMER),
            encoding="utf-8",
        )
    day, at = date(2026, 3, 1), datetime(2026, 3, 1, 9, tzinfo=UTC)
    with App.open(folder) as app, app.store.tx("bench"):
        for number, (name, _, phone) in enumerate(rows):
            first, _, last = name.partition(" ")
            identifier = f"L-{number}"
            person = Practitioner(
                id=identifier, family_name=last, first_name=first,
                practices=(Practice(street=street_of(phone), postcode="26000", town="Valence", phones=("+33" + phone.replace(" ", "")[1:],)),),
            )  # fmt: skip
            app.store.put_practitioner(person, source="bench", day=day, at=at)
            app.store.put_watch(Watch(identifier, wanted=True, informed_on=day, channel="test"), at=at, actor="bench")
        for n in range(hosts):
            app.store.put_site_check(SiteCheck(f"annuaire{n}.example", day, "", True), at=at, actor="bench")
    return folder


if __name__ == "__main__":
    main()
