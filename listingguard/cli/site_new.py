"""`site new URL --from FILE`: from a saved page, a module of one's own and its trial; fetches nothing, decides nothing."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import click

from listingguard.cli.common import emit, json_option, note, read_file, say
from listingguard.domain.system import why
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.domain.listing import Listing, Page, Reading
    from listingguard.sites import Site

# Words that open what a site says of its own pages; the site's whole sentence is proposed, never the person's name.
_FAMILIES = {
    "stub_phrases": (
        "revendiquer", "vous êtes ce", "supprimer ma fiche", "supprimer cette fiche", "est pas inscrit", "est pas sur",
        "c’est votre fiche", "êtes vous ce",
    ),
    "unbookable_phrases": (
        "pas réservable", "pas de réservation", "ne propose pas la prise de rendez-vous", "pas de prise de rendez-vous",
        "prendre rendez-vous par téléphone",
    ),
    "closed_phrases": ("temporairement indisponible", "réservation fermée", "ne prend plus de rendez-vous"),
    "customer_phrases": ("édité par le professionnel", "fiche vérifiée", "profil vérifié"),
    "sponsored_phrases": ("sponsorisé", "mise en avant payante", "annonce payante"),
    "none_phrases": ("aucun praticien", "aucun résultat", "aucun professionnel", "aucun kiné"),
}  # fmt: skip
_HOST = re.compile(r"(?=.{4,253}$)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_][\w-]{0,61}[^\W_]")


@click.command("new")
@click.argument("url", metavar="URL")
@click.option("--from", "source", required=True, metavar="FICHIER", help="La fiche, enregistrée avec votre navigateur.")
@click.option("--list", "results", metavar="FICHIER", help="Une page de liste du même site, enregistrée de même.")
@click.option("--list-url", metavar="URL", default="", help="L’adresse de cette liste.")
@click.option("--dir", "folder", metavar="DOSSIER", help="Où écrire (par défaut : celui de votre dossier de données).")
@json_option
def new(url: str, source: str, results: str | None, list_url: str, folder: str | None, as_json: bool) -> None:
    """Prépare le module d’un site à partir d’une fiche enregistrée, et l’essai qui va avec.

    Rien n’est téléchargé ; aucun fichier n’est jamais remplacé. URL est l’adresse de la fiche enregistrée.

    \b
    Exemple :
      listingguard site new https://rdv-soins.example/kine/valence/camille-exemple --from fiche.html
    """
    host = _host(url)
    pages = {"fiche": _page(url, source, host)}
    if results:
        pages["liste"] = _list_page(list_url, results, host)
    target = Path(folder) if folder else _sites_folder()
    draft = _Draft.of(host, pages)
    for name, file in (("fiche", source), ("liste", results)):
        if name in pages and not draft.found(name):
            raise BadInput(_unread(draft.readings[name], file, name))
    written = draft.write(target)
    if as_json:
        emit(
            {
                "host": host,
                "files": [str(path) for path in written],
                "profile": draft.profile,
                "directory": draft.directory,
                "found": [item.name for item in draft.found("fiche")],
                "landmarks": list(draft.landmarks),
                "phrases": draft.phrases,
            }
        )
        return
    for line, *exact in _next_steps(draft, written, url, source, in_home=folder is None):
        say(line, *exact)
    note(
        "Attention : la page enregistrée montre une vraie personne. Elle reste sur cette machine, dans votre dossier de "
        "données : ne la partagez pas, ne la versez dans aucun dépôt."
    )


def _unread(reading: Reading, file: object, name: str) -> str:
    """Return why no module is made of a page in which nobody is found, and what to do."""
    from listingguard.domain.listing import Cause, Gone, Unreadable

    if isinstance(reading, Unreadable):
        why, blocked = reading.reason, reading.cause is Cause.BLOCKED
    else:
        why, blocked = (
            "Le site répond que la page n’existe plus."
            if isinstance(reading, Gone)
            else "Elle dit qu’il n’y a personne.",
            False,
        )
    do = "" if blocked else f" Enregistrez une {name} où quelqu’un se lit, type « Page web, HTML uniquement »."
    return f"« {file} » : {why} Aucun module n’en est tiré, rien n’est écrit.{do}"


def _host(url: str) -> str:
    """Return the host of the page, without `www.`; raise BadInput for what is no web address of a site to add."""
    from listingguard.app import shipped
    from listingguard.pages.url import host_of
    from listingguard.sites import load_sites

    host = host_of(url)
    if not url.lower().startswith(("http://", "https://")) or not _HOST.fullmatch(host):
        raise BadInput(f"URL : « {url[:200]} » n’est pas l’adresse d’une page ; elle commence par http:// ou https://.")
    known = load_sites(shipped("scrapers")).get(host)
    if known and known.official:
        raise BadInput(f"{host} est un registre officiel ({known.name}) : il n’est jamais recherché.")
    if known and not known.generic:
        raise BadInput(f"{host} a déjà son module dans listingguard : rien à préparer.")
    return host


def _page(url: str, file: str, host: str) -> Page:
    from listingguard.domain.listing import Page
    from listingguard.pages.url import host_of

    if host_of(url) != host:
        raise BadInput(f"--list-url : « {url[:200]} » n’est pas une adresse de {host}.")
    return Page(url, url, 200, (), read_file(file, "page"), datetime.now(UTC))


def _list_page(url: str, file: str, host: str) -> Page:
    """Return the saved list; its address is the one given, else the one its file bears."""
    from listingguard.domain.listing import Page
    from listingguard.pages.container import unwrap

    if not url:
        saved = Page("", "", 200, (), read_file(file, "liste"), datetime.now(UTC))
        url = unwrap(saved).inner_url
    if not url:
        raise BadInput("--list-url : donnez l’adresse de la liste ; ce fichier ne la porte pas.")
    return _page(url, file, host)


def _sites_folder() -> Path:
    from listingguard.app import find_home
    from listingguard.config import load

    home = find_home((click.get_current_context().find_root().obj or {}).get("home"))
    return home / (load(home / "config.toml").scan.sites_folder or "sites")


@dataclass(frozen=True)
class _Draft:
    """What the pages let us propose for one site."""

    host: str
    pages: Mapping[str, Page]
    readings: Mapping[str, Reading]
    base: str
    brand: str
    profile: str
    directory: str
    landmarks: tuple[str, ...]
    shared: bool
    phrases: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, host: str, pages: Mapping[str, Page]) -> _Draft:
        from listingguard.sites import GenericSite

        site = GenericSite(host)
        readings = {name: site.reading(page) for name, page in pages.items()}
        people = [item for reading in readings.values() for item in getattr(reading, "items", ())]
        own = next(iter(getattr(readings["fiche"], "items", ())), None)
        parts = urlsplit(pages["fiche"].url)
        landmarks = _landmarks(pages, people)
        return cls(
            host=host,
            pages=pages,
            readings=readings,
            base=f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}",
            brand=landmarks[0] if landmarks else host,
            profile=_profile(parts.path, own.name if own else ""),
            directory=_directory(pages["liste"].url, people) if "liste" in pages else "",
            landmarks=landmarks,
            shared="liste" in pages,
            phrases=_phrases(pages, people),
        )

    def found(self, name: str) -> tuple[Listing, ...]:
        """Return the listings that the common reader already finds in one of the pages."""
        items: tuple[Listing, ...] = getattr(self.readings[name], "items", ())
        return items

    @property
    def stem(self) -> str:
        """Return the name of the files: letters, digits and `_` of the host, whatever it was."""
        from listingguard.domain.names import fold

        return re.sub(r"[^a-z0-9]+", "_", fold(self.host)).strip("_") or "site"

    def write(self, folder: Path) -> list[Path]:
        """Write the module and the trial pages, tried out first in a folder apart; return the files, module first.

        Raises BadInput when one of them exists: nothing is ever replaced.
        """
        from listingguard.sites import load_sites

        if folder.is_dir() and load_sites(folder).get(self.host):
            raise BadInput(f"Un module de « {folder} » décrit déjà {self.host} : rien n’a été écrit.")
        module = self._module()
        with tempfile.TemporaryDirectory() as apart:
            (Path(apart) / f"{self.stem}.py").write_text(module, encoding="utf-8")
            site = _only_site(Path(apart))
            contents = {f"{self.stem}.py": module.encode()}
            for name, page in self.pages.items():
                body = f"{name}{_suffix(page)}"
                contents[f"{self.stem}/{body}"] = page.body
                contents[f"{self.stem}/{name}.json"] = _as_json(_wanted(site, page, body))
        paths = {folder / name: content for name, content in contents.items()}
        for path in paths:
            if path.exists() or path.is_symlink():
                raise BadInput(f"« {path} » existe déjà : rien n’a été écrit.")
        try:
            (folder / self.stem).mkdir(parents=True, exist_ok=True, mode=0o700)
            for path, content in paths.items():
                with path.open("xb") as stream:
                    stream.write(content)
        except OSError as error:
            raise BadInput(f"« {folder} » : impossible d’y écrire ({why(error)}).") from None
        _check(folder, self.stem)
        return list(paths)

    def _module(self) -> str:
        """Return the text of the module. What comes from the page stands between quotes that it cannot leave."""
        name = "".join(word.capitalize() for word in self.stem.split("_"))
        lines = [
            f'"""{self.host} : écrit par « site new » ; à relire avant « site verify »."""',
            "",
            "from listingguard.sites import Site",
            "",
            "",
            f"class {name if name[:1].isalpha() else f'Site{name}'}(Site):",
            f"    host = {_literal(self.host)}",
            f"    name = {_literal(self.brand)}",
            f"    controller = {_literal(_slug(self.host))}",
            f"    base = {_literal(self.base)}",
        ]
        if self.profile:
            lines += ["    # La partie de l’adresse propre à la personne est (?P<id>…)."]
            lines += [f"    profile = {_literal(self.profile)}"]
        if self.directory:
            lines += [f"    directory = {_literal(self.directory)}"]
        elif "liste" in self.pages:
            lines += ["    # Non trouvé dans l’adresse de la liste ; sur le modèle :"]
            lines += ['    # directory = "/kine/{town}-{postcode}?page={page}"']
        for rank, mark in enumerate(self.landmarks):
            # Seen on one page only, nobody knows yet whether it stands on all of them.
            start = "" if rank == 0 and self.shared else "# "
            lines.append(f"    {start}landmark = {_literal(_escaped(mark))}")
        if any(self.phrases.values()):
            lines.append("    # Vu sur les pages : enlevez « # » devant ce qui est juste, supprimez le reste.")
        for key, found in self.phrases.items():
            if found:
                lines.append(f"    # {key} = ({', '.join(map(_literal, found))},)")
        return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Return the text as a regular expression that finds it, without the backslashes that only puzzle."""
    return re.escape(text).replace("\\-", "-").replace("\\ ", " ")


def _literal(text: str) -> str:
    """Return the text as Python writes it, on one line, as people would where that is the same."""
    if text.isprintable() and '"' not in text and not text.endswith("\\"):
        return f'r"{text}"' if "\\" in text else f'"{text}"'
    return repr(text)


def _profile(path: str, name: str) -> str:
    """Return a pattern for the profile's address: its first part as it is, the person's part as the id, the rest free.

    >>> _profile("/kine/valence/camille-exemple", "Camille Exemple")
    '/kine/[^/]+/(?P<id>[^/]+)'
    >>> _profile("/pros/00000001", "")
    '/pros/(?P<id>[^/]+)'
    """
    from listingguard.domain.names import fold

    parts = [part for part in path.split("/") if part]
    if not parts:
        return ""
    words = set(fold(name).split())
    scores = [len(words & set(fold(unquote(part)).split())) for part in parts]
    numbers = [rank for rank, part in enumerate(parts) if re.fullmatch(r"\d{3,}", part)]
    own = numbers[-1] if numbers else len(parts) - 1
    if not numbers and max(scores) >= 2:
        own = scores.index(max(scores))
    made = []
    for rank, part in enumerate(parts):
        literal = rank == 0 and len(parts) > 1
        made.append("(?P<id>[^/]+)" if rank == own else _escaped(part) if literal else "[^/]+")
    return "/" + "/".join(made)


def _directory(url: str, people: Sequence[Listing]) -> str:
    """Return the list's path with {town}, {postcode} and {page} in their places; empty when no town is seen in it."""
    from listingguard.pages.url import slug

    parts = urlsplit(url)
    path = re.sub(r"[{}]", "", f"{parts.path}?{parts.query}" if parts.query else parts.path)
    places = [place for item in people for place in item.places]
    for place in places:
        town = slug(place.town)
        if len(town) > 2 and town in path.lower():
            made = re.sub(re.escape(town), "{town}", path, flags=re.IGNORECASE)
            made = made.replace(place.postcode, "{postcode}") if place.postcode else made
            return re.sub(r"(\bpage=)\d+", r"\1{page}", made)
    return ""


def _landmarks(pages: Mapping[str, Page], people: Sequence[Listing]) -> tuple[str, ...]:
    """Return what all the pages carry and no person's name is in: what the site calls itself, the end of its titles."""
    from listingguard.pages.container import unwrap
    from listingguard.pages.document import page_text, soup

    texts = [page_text(unwrap(page).page) for page in pages.values()]
    page = soup(unwrap(pages["fiche"]).page)
    found = [str(tag["content"]) for tag in page.select('meta[property="og:site_name"][content]')]
    title = page.title.get_text() if page.title else ""
    found += re.split(r"\s[|–—•-]\s", title)[1:][::-1]
    found += [tag.get_text(" ") for tag in page.select("header a[href='/'], footer strong")]
    marks = dict.fromkeys(" ".join(mark.split()) for mark in found)
    return tuple(
        mark
        for mark in marks
        if 3 <= len(mark) <= 60 and all(mark in text for text in texts) and not _about(mark, people)
    )[:3]


def _phrases(pages: Mapping[str, Page], people: Sequence[Listing]) -> dict[str, tuple[str, ...]]:
    """Return the sentences of the pages that may tell what kind of page it is, by the key they would go to."""
    from listingguard.domain.names import fold
    from listingguard.pages.container import unwrap
    from listingguard.pages.document import soup

    sentences: dict[str, str] = {}
    for page in pages.values():
        tree = soup(unwrap(page).page)
        for tag in tree(["script", "style", "template", "noscript"]):
            tag.decompose()
        for text in tree.stripped_strings:
            for sentence in re.split(r"(?<=[.!?])\s+", " ".join(text.split())):
                if 8 <= len(sentence) <= 120 and not _about(sentence, people):
                    sentences.setdefault(fold(sentence), sentence)
    return {
        key: tuple(whole for folded, whole in sentences.items() if any(fold(word) in folded for word in words))[:3]
        for key, words in _FAMILIES.items()
    }


def _about(text: str, people: Sequence[Listing]) -> bool:
    """Return True when the text names one of the people, even in part: it must not go into a module."""
    from listingguard.domain.names import fold

    words = set(fold(text).split())
    return any(len(word) > 2 and word in words for item in people for word in fold(item.name).split())


def _slug(host: str) -> str:
    from listingguard.pages.url import slug

    return slug(host.rpartition(".")[0])


def _suffix(page: Page) -> str:
    from listingguard.pages.container import unwrap

    kinds = {"json": ".body", "mhtml": ".mhtml", "webarchive": ".webarchive"}
    return kinds.get(unwrap(page).kind.value, ".html")


def _wanted(site: Site, page: Page, body: str) -> dict[str, Any]:
    """Return what the page gives with the module, as the trial keeps it."""
    from listingguard.domain.listing import Unreadable, outcome
    from listingguard.pages.line import as_line

    reading = site.reading(page)
    wanted: dict[str, Any] = {
        "page": body,
        "url": page.url,
        "status": page.status,
        "content_type": "",
        "outcome": outcome(reading).value,
        "next_url": getattr(reading, "next_url", ""),
        "listings": [as_line(item) for item in getattr(reading, "items", ())],
    }
    if isinstance(reading, Unreadable):
        wanted["cause"] = reading.cause.value
    return wanted


def _as_json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _only_site(folder: Path) -> Site:
    from listingguard.sites import load_sites

    (site,) = load_sites(folder).all()
    return site


def _check(folder: Path, stem: str) -> None:
    """Read what was written as every later command will, and raise BadInput when it does not say the same."""
    from listingguard.domain.listing import Page
    from listingguard.sites import load_sites

    sites = load_sites(folder)
    for path in sorted((folder / stem).glob("*.json")):
        wanted = json.loads(path.read_text(encoding="utf-8"))
        page = Page(
            wanted["url"], wanted["url"], wanted["status"], (), (path.parent / wanted["page"]).read_bytes(),
            datetime.now(UTC),
        )  # fmt: skip
        if _wanted(sites.for_url(page.url), page, wanted["page"]) != wanted:
            raise BadInput(f"« {path} » ne donne pas ce qui était attendu : un autre module décrit-il déjà ce site ?")


def _next_steps(
    draft: _Draft, written: Sequence[Path], url: str, source: str, *, in_home: bool
) -> list[tuple[str, *tuple[object, ...]]]:
    """Return the lines to show: what was written and found, then what a person does next; `{}` is kept as it is."""
    from listingguard.app import quoted

    steps: list[tuple[str, *tuple[object, ...]]] = [("Écrit : {}", path) for path in written]
    names = ", ".join(item.name for item in draft.found("fiche"))
    steps.append(("Le lecteur commun trouve déjà la fiche : {}.", names))
    if "liste" in draft.pages and draft.directory:
        steps.append(("Forme proposée pour l’adresse d’une liste : {}", draft.directory))
    elif "liste" in draft.pages:
        steps.append(
            (
                "L’adresse de la liste ne dit pas où sont la ville et le code postal : sans « directory », ce site n’est pas "
                "parcouru ville par ville. Complétez-le dans le module, sur le modèle {}",
                "/kine/{town}-{postcode}?page={page}",
            )
        )
    if draft.profile:
        steps.append(("Forme proposée pour l’adresse d’une fiche : {}", draft.profile))
    else:
        steps.append(
            ("L’adresse ne dit pas où est l’identifiant de la personne : complétez « profile » dans le module.",)
        )
    if draft.landmarks:
        steps.append(("Repères possibles d’une page normale : {}", " · ".join(draft.landmarks)))
    for phrases in draft.phrases.values():
        steps += [("Phrase à confirmer : {}", phrase) for phrase in phrases]
    steps += [
        ("",),
        ("Et maintenant :",),
        ("1. Relisez le module : {}", written[0]),
        ("2. Essayez : listingguard read {} --url {}", quoted(source), quoted(url)),
        (
            "3. Dites qui répond du site : listingguard controller set {}",
            f"{_slug(draft.host)} --platform {draft.host}",
        ),
        ("4. Mettez-le en service : listingguard site verify {}", f"{draft.host} --canary URL"),
    ]
    if in_home:
        steps.insert(-4, ("Dans config.toml, sous [scan], il faut : sites_folder = {}", f'"{written[0].parent.name}"'))
    return steps
