"""Pictures of pages, through the Chromium, Chrome or Edge this machine already has; nothing is ever downloaded.

A browser runs the scripts of a hostile page, so it is kept on a short lead: it can reach one name only, at one address
checked beforehand; what the page asks of other sites is not loaded; it only reads (GET), and robots.txt holds for
each file of the page. It starts with an empty profile, clicks nothing, and the profile goes with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import re
import shutil
import socket
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from listingguard.edge.guard import allowed
from listingguard.errors import BadConfig, BadInput, Blocked, Forbidden, Unreachable

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Route

T = TypeVar("T")

PICTURE, ARCHIVE = "page.png", "page.mhtml"

WIDTH, HEIGHT = 1280, 1024
MAX_HEIGHT = 20_000
MAX_BYTES = 20 * 1024 * 1024
MAX_REQUESTS = 300
# Long enough for what a page loads behind its first answer; a page that never rests is taken as it is.
SETTLE_SECONDS = 3.0

_NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable",
    "chrome", "msedge",
)  # fmt: skip
_PLACES = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": tuple(
        rf"{folder}\{name}"
        for folder in (r"C:\Program Files", r"C:\Program Files (x86)")
        for name in (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe")
    ),
}
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
# UDP would leave beside the resolver, towards any address.
_NO_WEBRTC = (
    "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport']) delete globalThis[name];"
)
_ARGS = (
    "--no-proxy-server",
    "--disable-quic",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
)


@dataclass(frozen=True)
class Shots:
    """What the camera brought back: files by name, ready for the vault, and the facts of how they were made."""

    files: Mapping[str, bytes]
    facts: Mapping[str, Any]


def find_browser(setting: str = "auto") -> Path | None:
    """Return the browser to use, or None when there is none, or when it is switched off.

    setting: "auto", "off", or the path of a browser. Raises BadConfig for a path that leads to no file, and when the
    path is given while the optional part of listingguard that drives a browser is not installed.
    """
    driver = find_spec("playwright") is not None
    if setting == "off":
        return None
    if setting != "auto":
        if not Path(setting).is_file():
            raise BadConfig(f"[evidence] browser\u00a0: «\u00a0{setting}\u00a0» n’est pas un fichier.")
        if not driver:
            raise BadConfig(
                "[evidence] browser\u00a0: pour photographier les pages, installez la partie facultative "
                "avec «\u00a0pip install 'listingguard[capture]'\u00a0»."
            )
        return Path(setting)
    if not driver:
        return None
    found = (*map(shutil.which, _NAMES), *_PLACES.get(sys.platform, ()))
    return next((Path(each) for each in found if each and Path(each).is_file()), None)


class Camera:
    """Pictures of pages, one browser per page, each with a profile of its own that is thrown away.

    executable:  the browser, see `find_browser`
    user_agent:  ours, put behind the browser's own: the site sees both
    now:         aware UTC
    max_seconds: longest time for one page, everything included
    loopback:    invented host names served on this machine; for the demo and the tests only

    The sandbox of the browser stays on, except for root, where Chromium refuses to start with it. Threads may share a
    camera; none of them may run an asyncio loop.
    """

    def __init__(
        self,
        executable: Path,
        *,
        user_agent: str,
        now: Callable[[], datetime],
        max_seconds: float = 60.0,
        loopback: Mapping[str, tuple[str, int]] = MappingProxyType({}),
    ) -> None:
        for host, (address, _) in loopback.items():
            if not ipaddress.ip_address(address).is_loopback:
                raise Forbidden(f"{host}\u00a0: {address} n’est pas une adresse de cette machine.")
        self._executable, self._user_agent, self._now = executable, user_agent, now
        self._max_seconds, self._loopback = max_seconds, dict(loopback)

    def shoot(self, url: str, address: str | None, robots: str = "") -> Shots:
        """Return the whole page as a picture (`page.png`) and as one file (`page.mhtml`), and how they were made.

        url: where redirections ended. The caller has read robots.txt for it and booked a slot of the host's lease:
        the camera neither asks nor waits. address: where the name led when the page was fetched, so that picture and
        bytes come from the same server; None resolves it now. robots: the text of the host's robots.txt; what it
        forbids among the page's own files is not loaded.

        A file that would be too large is left out, and the facts say so. Raises Forbidden for an address inside a
        network, Blocked when the site answers 403, 429 or 503, Unreachable when no picture could be taken.
        """
        host, address, rules = self._mapping(url, address)
        return self._run(self._shoot(url, host, address, rules, robots), url)

    def render(self, html: bytes) -> bytes:
        """Return a picture of this HTML (UTF-8), drawn without network and without scripts, in PNG without metadata.

        It shows the first MAX_HEIGHT points. Raises Unreachable when the browser fails.
        """
        return self._run(self._render(html), "la copie masquée")

    # -- who may be reached ------------------------------------------------------------------------------------

    def _mapping(self, url: str, address: str | None) -> tuple[str, str, str]:
        """Return the host of a URL, its address, and the resolver rules by which the browser reaches nothing else."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").encode("idna").decode().lower(), parts.port
        except (ValueError, UnicodeError):
            raise BadInput(f"«\u00a0{url}\u00a0» n’est pas l’adresse d’une page à photographier.") from None
        if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
            raise BadInput(f"«\u00a0{url}\u00a0» n’est pas l’adresse d’une page à photographier.")
        if "@" in parts.netloc:
            raise Forbidden(f"Adresse interdite\u00a0: celle de {host} contient un identifiant ou un mot de passe.")
        if host in self._loopback:
            inside, port = self._loopback[host]
            return host, inside, f"MAP {host} {inside}:{port}, MAP * ~NOTFOUND"
        port = port or (443 if parts.scheme == "https" else 80)
        address = address or _resolved(host, port)
        if not allowed(address, port):
            raise Forbidden(
                f"Adresse interdite\u00a0: {host} mène à {address}, port {port}. listingguard ne lit que des sites publics."
            )
        target = f"[{address}]" if ":" in address else address
        # Both ports, for a page that sends to its https; no other port of that machine.
        return host, address, f"MAP {host}:443 {target}:443, MAP {host}:80 {target}:80, MAP * ~NOTFOUND"

    # -- the browser -------------------------------------------------------------------------------------------

    def _run(self, work: Awaitable[T], what: str) -> T:
        from playwright.async_api import Error

        try:
            return asyncio.run(_within(work, self._max_seconds))
        except TimeoutError:
            raise Unreachable(
                f"Pas de photographie de {what}\u00a0: le navigateur n’avait pas fini au bout de "
                f"{self._max_seconds:.0f} secondes."
            ) from None
        except Error as error:
            raise Unreachable(f"Pas de photographie de {what}\u00a0: {_said(error)}.") from error

    async def _shoot(self, url: str, host: str, address: str, rules: str, robots: str) -> Shots:
        from playwright.async_api import async_playwright

        loaded = _Loaded(host, _permission(robots, self._user_agent))
        async with async_playwright() as tool:
            browser = await self._launch(tool, rules)
            try:
                agent = await _agent(browser)
                context = await browser.new_context(
                    user_agent=f"{agent} {self._user_agent}",
                    viewport={"width": WIDTH, "height": HEIGHT},
                    device_scale_factor=1,
                    locale="fr-FR",
                    timezone_id="Europe/Paris",
                    reduced_motion="reduce",
                    color_scheme="light",
                    service_workers="block",
                    accept_downloads=False,
                )
                await context.add_init_script(_NO_WEBRTC)
                await context.route("**/*", loaded.decide)
                await context.route_web_socket("**", lambda socket: socket.close())
                page = await context.new_page()
                answer = await page.goto(url, wait_until="load")
                status = answer.status if answer else 0
                if status in (403, 429, 503):
                    raise Blocked(f"{host} refuse le navigateur (erreur {status} pour {url}).", status=status)
                await _settle(page)
                at = self._now()
                picture, height, shown = await _picture(page)
                files = {PICTURE: picture} if picture else {}
                archive = await _archive(context, page)
                if archive:
                    files[ARCHIVE] = archive
                facts = {
                    "viewport": f"{WIDTH}×{HEIGHT}",
                    "browser": f"{_brand(self._executable)} {browser.version}",
                    "browser_user_agent": f"{agent} {self._user_agent}",
                    "browser_locale": "fr-FR, Europe/Paris",
                    "browser_at": at.astimezone(UTC).isoformat(timespec="seconds"),
                    "browser_url": page.url,
                    "browser_status": status,
                    "browser_address": address,
                    "javascript": True,
                    "clicks": "aucun clic, pas même sur un bandeau de consentement",
                    "cookies": _cookies(await context.cookies()),
                    "cache": "profil neuf : cache vide à l’ouverture, jeté ensuite",
                    "page_height": height,
                    "page_height_shown": shown,
                    "files_asked": loaded.count,
                    "files_not_loaded": dict(sorted(loaded.refused.items())),
                    "third_parties_not_loaded": sorted(loaded.others)[:50],
                    "lacks": [
                        f"{name} : plus de {MAX_BYTES // 1024 // 1024} Mio"
                        for name in (PICTURE, ARCHIVE)
                        if name not in files
                    ],
                }
                return Shots(files, facts)
            finally:
                await browser.close()

    async def _render(self, html: bytes) -> bytes:
        from playwright.async_api import async_playwright

        copy = "http://copie.invalid/"

        async def decide(route: Route) -> None:
            if route.request.url == copy and route.request.is_navigation_request():
                await route.fulfill(body=html, content_type="text/html; charset=utf-8")
            else:
                await route.abort()

        async with async_playwright() as tool:
            browser = await self._launch(tool, "MAP * ~NOTFOUND")
            try:
                context = await browser.new_context(
                    viewport={"width": WIDTH, "height": HEIGHT},
                    java_script_enabled=False,
                    service_workers="block",
                    accept_downloads=False,
                )
                await context.route("**/*", decide)
                page = await context.new_page()
                await page.goto(copy, wait_until="load")
                picture, _, _ = await _picture(page)
            finally:
                await browser.close()
        if not picture:
            raise BadInput("La copie masquée est trop longue pour une photographie.")
        return _bare_png(picture)

    async def _launch(self, tool: Any, rules: str) -> Browser:
        browser: Browser = await tool.chromium.launch(
            executable_path=str(self._executable),
            args=[*_ARGS, f"--host-resolver-rules={rules}"],
            # For root, Chromium knows no sandbox.
            chromium_sandbox=not _root(),
        )
        return browser


class _Loaded:
    """What the page asked for, and what of it was loaded."""

    def __init__(self, host: str, permitted: Callable[[str], bool]) -> None:
        self.host, self.permitted = host, permitted
        self.count = 0
        self.refused: Counter[str] = Counter()
        self.others: set[str] = set()

    async def decide(self, route: Route) -> None:
        """Let a request of the page pass when it reads a file of the page's own host that robots.txt allows."""
        request = route.request
        parts = urlsplit(request.url)
        host = (parts.hostname or "").lower()
        if host != self.host or parts.port not in (None, 80, 443):
            why = "autre site"
            self.others.add(parts.netloc[:200])
        elif request.method != "GET":
            why = f"requête {request.method[:10]}, qui n’est pas une lecture"
        elif not self.permitted(request.url):
            why = "interdit par robots.txt"
        elif self.count >= MAX_REQUESTS:
            why = f"au-delà de {MAX_REQUESTS} fichiers"
        else:
            self.count += 1
            await route.continue_()
            return
        self.refused[why] += 1
        await route.abort()


async def _within(work: Awaitable[T], seconds: float) -> T:
    # The one limit that holds whatever the page does: a script without end stops every other call, not this one.
    return await asyncio.wait_for(work, seconds)


async def _agent(browser: Browser) -> str:
    session = await browser.new_browser_cdp_session()
    return str((await session.send("Browser.getVersion"))["userAgent"])


async def _settle(page: Page) -> None:
    from playwright.async_api import TimeoutError as Waited

    with contextlib.suppress(Waited):
        await page.wait_for_load_state("networkidle", timeout=SETTLE_SECONDS * 1000)


async def _picture(page: Page) -> tuple[bytes, int, int]:
    """Return the picture, the height of the page and the height shown; a page too long or too heavy is cut below."""
    # Asked of the browser, not of the page's scripts, which could lie or never answer.
    session = await page.context.new_cdp_session(page)
    metrics = await session.send("Page.getLayoutMetrics")
    height = max(int(metrics["cssContentSize"]["height"]), 1)
    shown = min(height, MAX_HEIGHT)
    while shown >= HEIGHT // 4 or shown == height:
        picture = await page.screenshot(
            full_page=True,
            clip={"x": 0, "y": 0, "width": WIDTH, "height": shown},
            animations="disabled",
            caret="hide",
            scale="css",
        )
        if len(picture) <= MAX_BYTES:
            return picture, height, shown
        shown //= 2
    return b"", height, 0


async def _archive(context: BrowserContext, page: Page) -> bytes:
    """Return the page and what it loaded as one MHTML file; empty when it is too large."""
    session = await context.new_cdp_session(page)
    archive = str((await session.send("Page.captureSnapshot", {"format": "mhtml"}))["data"]).encode()
    return archive if len(archive) <= MAX_BYTES else b""


def _resolved(host: str, port: int) -> str:
    """Return the address a name leads to; Forbidden when one of them is inside a network."""
    try:
        found = [str(target[4][0]) for target in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (socket.gaierror, UnicodeError):
        raise Unreachable(f"{host} ne répond pas\u00a0: ce nom de site n’existe pas, ou internet est coupé.") from None
    # IPv4 first: many home connections have no other.
    return next((a for a in found if not allowed(a, port)), "") or min(found, key=lambda a: ":" in a)


def _permission(robots: str, user_agent: str) -> Callable[[str], bool]:
    if not robots:
        return lambda url: True
    from protego import Protego

    rules = Protego.parse(robots)
    name = re.match(r"[A-Za-z_-]+", user_agent)
    token = name[0] if name else "*"
    return lambda url: bool(rules.can_fetch(url, token))


def _cookies(kept: Any) -> str:
    count = len(kept)
    if not count:
        return "aucun cookie à l’ouverture, aucun déposé par le site"
    return f"aucun cookie à l’ouverture ; {count} déposé{'s' if count > 1 else ''} par le site, jeté{'s' if count > 1 else ''} avec le profil"


def _bare_png(picture: bytes) -> bytes:
    """Return the same pixels in a PNG that holds nothing else."""
    from PIL import Image

    with Image.open(BytesIO(picture)) as image:
        plain = Image.frombytes("RGB", image.size, image.convert("RGB").tobytes())
    out = BytesIO()
    plain.save(out, "PNG", optimize=False)
    return out.getvalue()


def _brand(executable: Path) -> str:
    name = executable.name.lower()
    if "edge" in name:
        return "Microsoft Edge"
    return "Google Chrome" if "chrome" in name else "Chromium"


def _root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _said(error: Exception) -> str:
    said = str(error)
    known = {
        "ERR_NAME_NOT_RESOLVED": "la page renvoie vers un autre site, qui n’est pas suivi",
        "ERR_CERT": "le certificat de sécurité du site n’est pas valable",
        "ERR_CONNECTION": "la connexion est refusée ou coupée",
        "ERR_TIMED_OUT": "le site ne répond pas",
        "ERR_TOO_MANY_REDIRECTS": "le site renvoie sans fin d’une adresse à l’autre",
        "ERR_ABORTED": "la page est un fichier à télécharger, ou le site n’a rien envoyé",
        "ERR_FAILED": "la page ne peut pas être demandée",
        "Timeout": "la page n’a pas fini de s’afficher",
        "Failed to launch": "le navigateur ne démarre pas",
        "Target page, context or browser has been closed": "le navigateur s’est arrêté",
    }
    return next((why for sign, why in known.items() if sign in said), said.splitlines()[0][:200] if said else "?")
