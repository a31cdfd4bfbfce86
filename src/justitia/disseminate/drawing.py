"""Static SVG from Vega-Lite, cleaned so that it can only draw, and named for readers who cannot see it."""

from __future__ import annotations

import importlib.util
import io
import json
import re
from functools import lru_cache
from xml.etree.ElementTree import Element, ElementTree, SubElement, register_namespace

from justitia.disseminate.charts import Spec

_SVG = "http://www.w3.org/2000/svg"
_DRAWS = frozenset(
    f"{{{_SVG}}}{name}" for name in ("svg", "g", "path", "text", "rect", "line", "circle", "defs", "clipPath", "tspan")
)
_CLASSES = re.compile(r"^(class|aria-.*|role|on.*|.*href|style)$", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"(\d+\.\d{2})\d+")


def can_draw() -> bool:
    """Return whether the optional component that draws charts is installed."""
    return importlib.util.find_spec("vl_convert") is not None


def draw(spec: Spec, *, title: str, description: str, id: str, locale: Spec) -> str:
    """Return the chart as an SVG element to be put into a page.

    Args:
        spec: Vega-Lite specification.
        title: accessible name.
        description: accessible description.
        id: unique in the page.
        locale: number format (d3-format).
    """
    drawn = _drawn(json.dumps(spec), json.dumps(locale))
    return _clean(drawn, title=title, description=description, id=id)


@lru_cache(maxsize=512)  # a release draws what the preview of the same run has drawn
def _drawn(spec: str, locale: str) -> str:
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(spec, format_locale=json.loads(locale), allowed_base_urls=[])
    return drawn


def _clean(svg: str, *, title: str, description: str, id: str) -> str:
    """Return the SVG with drawing elements only, short numbers, and its name and description first."""
    from defusedxml.ElementTree import fromstring

    root: Element = fromstring(svg)
    _keep_drawing(root)
    width, height = root.get("width", "0"), root.get("height", "0")
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    root.set("viewBox", root.get("viewBox") or f"0 0 {width} {height}")
    root.set("role", "img")
    root.set("aria-labelledby", f"{id}-title {id}-desc")
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = SubElement(root, f"{{{_SVG}}}{tag}", {"id": f"{id}-{tag}"})
        element.text = text
        root.remove(element)
        root.insert(place, element)
    _own_ids(root, id)
    register_namespace("", _SVG)
    out = io.StringIO()
    ElementTree(root).write(out, encoding="unicode")
    return out.getvalue()


def _keep_drawing(element: Element) -> None:
    for child in list(element):
        if child.tag in _DRAWS:
            _keep_drawing(child)
        else:
            element.remove(child)
    for name, value in element.attrib.items():
        element.set(name, _LONG_NUMBER.sub(r"\1", value))  # never in a text: 2.500 is two thousand and five hundred
    for name in [name for name in element.attrib if _CLASSES.match(name.rpartition("}")[2])]:
        del element.attrib[name]


def _own_ids(root: Element, id: str) -> None:
    """Give clip paths ids of this chart, as a page holds several."""
    for element in root.iter():
        for name, value in element.attrib.items():
            if value.startswith("url(#"):
                element.set(name, value.replace("url(#", f"url(#{id}-"))
        if element.tag == f"{{{_SVG}}}clipPath":
            element.set("id", f"{id}-{element.get('id')}")
