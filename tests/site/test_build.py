"""The site is built without a warning and without the network, is complete, and its links lead somewhere."""

from __future__ import annotations

import importlib
import inspect
import posixpath
import re
from urllib.parse import unquote, urlsplit

import pytest

import autograd_core as ag
import nn
from autograd_core.primitives import TABLE
from tests.support.site import ROOT, SOURCE, Built, Page, extension

pytestmark = pytest.mark.slow

BESIDE_ALL = ("abs", "compile", "pow", "sum")  # public, but not for import *, since they hide builtins


def test_nothing_is_said_and_nothing_left_among_the_sources(site: Built) -> None:
    assert site.said == ""
    assert site.left == []


def test_every_source_is_a_page(site: Built) -> None:
    written = [path for kind in ("*.ipynb", "*.md") for path in SOURCE.rglob(kind) if "_checkpoints" not in str(path)]
    expected = {path.relative_to(SOURCE).with_suffix(".html").as_posix() for path in written}
    assert expected <= set(site.pages)
    assert {"index.html", "site/peers.html", "site/extending.html", "site/reference/accuracy.html"} <= expected


def documented(site: Built) -> set[str]:
    return {anchor for name, page in site.pages.items() if name.startswith("site/api/") for anchor in page.anchors}


@pytest.mark.parametrize("package", ["autograd_core", "nn"])
def test_every_public_name_is_documented(site: Built, package: str) -> None:
    module, found = importlib.import_module(package), documented(site)
    names = [*module.__all__, *(BESIDE_ALL if module is ag else ())]
    modules = {name for name in names if inspect.ismodule(getattr(module, name))}
    missing = [name for name in names if name not in modules and f"{package}.{name}" not in found]
    assert not missing, f"give {', '.join(missing)} a place in notebooks/site/api/*.md"
    for name in modules:
        assert [anchor for anchor in found if anchor.startswith(f"{package}.{name}.")], name


@pytest.mark.parametrize("owner", [ag.Value, ag.Program, ag.Stepper, ag.Drawing, nn.MLP, nn.optim.Adam])
def test_methods_are_documented_except_those_that_are_functions(site: Built, owner: type) -> None:
    found = documented(site)
    methods = {
        name: method
        for name, method in inspect.getmembers(owner, inspect.isfunction)
        if not name.startswith("_") and method.__doc__ and not method.__doc__.startswith("``ag.")
    }
    assert methods
    package = owner.__module__.split(".")[0] if owner.__module__ != "nn.optim" else "nn.optim"
    missing = [name for name in methods if f"{package}.{owner.__name__}.{name}" not in found]
    # what NumPy calls, as of np.deg2rad(array_of_values), is written out in NumberLike
    assert set(missing) <= {"abs", "conjugate"}, missing


def is_external(link: str) -> bool:
    return bool(urlsplit(link).scheme) or link.startswith("//")


def broken(name: str, link: str, pages: dict[str, Page], site: Built) -> str:
    """Why a link of a page leads nowhere; "" if it leads somewhere."""
    parts = urlsplit(link)
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path))) if parts.path else name
    if not (site.folder / target).is_file():
        return f"{name}: there is no {target}"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].anchors:
        return f"{name}: {target} has no anchor {anchor}"
    return ""


def test_links_within_the_site_lead_to_pages_and_anchors(site: Built) -> None:
    links = [
        (name, link)
        for name, page in site.pages.items()
        for link in (*page.links, *page.loaded)
        if not is_external(link)
    ]
    assert len(links) > 1000
    assert [reason for name, link in links if (reason := broken(name, link, site.pages, site))] == []


def test_a_link_that_leads_nowhere_is_seen(site: Built) -> None:
    assert broken("site/peers.html", "../index.html", site.pages, site) == ""
    assert broken("site/peers.html", "#from-jax", site.pages, site) == ""
    assert broken("site/peers.html", "index.html", site.pages, site) == "site/peers.html: there is no site/index.html"
    assert "no anchor from-matlab" in broken("index.html", "site/peers.html#from-matlab", site.pages, site)


def test_links_out_of_the_site_are_well_formed(site: Built) -> None:
    external = {link for page in site.pages.values() for link in page.links if is_external(link)}
    assert external
    for link in external:
        assert re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]{2,}(/[^\s]*)?", link), link


def test_nothing_is_loaded_from_elsewhere(site: Built) -> None:
    loaded = {link for page in site.pages.values() for link in page.loaded}
    assert {link for link in loaded if is_external(link) and not link.startswith("data:")} == set()
    for style in site.folder.rglob("*.css"):
        addresses = re.findall(r"""(?:@import\s+|url\()["']?([^"')\s]+)""", style.read_text(encoding="utf-8"))
        assert not [address for address in addresses if "//" in address and not address.startswith("data:")], style


def test_pages_of_notebooks_are_live(site: Built) -> None:
    live = [name for name in site.pages if "data-ag-stepper" in (site.folder / name).read_text(encoding="utf-8")]
    assert any(re.match("[0-9]", name) for name in live)


def test_every_primitive_is_in_a_table_of_accuracy_or_has_nothing_to_round(site: Built) -> None:
    tables = extension("page_tables")
    public, internal = tables.accuracy_names(public=True), tables.accuracy_names(public=False)
    without = set(TABLE) - set(public) - set(internal)
    assert without == {"stop_gradient", "<", "<=", ">", ">=", "==", "!=", "&", "|", "~"}
    page = (site.folder / "site" / "reference" / "accuracy.html").read_text(encoding="utf-8")
    rows = re.findall(r"<td class=\"text-left\"><p><code.*?</tr>", page, re.DOTALL)
    assert len(rows) == len(public) + len(internal)
    assert "<p>0.50</p>" in rows[public.index("exp")]


def test_the_last_results_are_shown_with_machine_and_date(site: Built) -> None:
    results = sorted((ROOT / "tests" / "benchmarks" / "results").glob("*.txt"))
    assert results
    page = (site.folder / "site" / "reference" / "benchmarks.html").read_text(encoding="utf-8")
    assert page.count("Measured on 20") == len(results)
    for result in results:
        command, machine, *_ = result.read_text(encoding="utf-8").splitlines()
        assert command == f"python -m tests.benchmarks {result.stem}"
        assert re.match(r"Measured on \d{4}-\d\d-\d\d: .*; Python 3\.", machine)
        assert not re.search(r"/home/|/root/|/tmp/", machine)


def test_what_is_said_to_extend_the_package_is_what_contributors_read(site: Built) -> None:
    page = (site.folder / "site" / "extending.html").read_text(encoding="utf-8")
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for heading in re.findall(r"^## (.+)$", contributing, re.MULTILINE):
        assert f">{heading}<" in page


def test_nothing_of_the_build_is_committed() -> None:
    """The folder that README's command writes to is ignored."""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "build/" in ignored
