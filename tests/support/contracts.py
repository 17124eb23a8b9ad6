"""A contract for import-linter: who may import the web rooms of an app."""

import grimp
from importlinter import Contract, ContractCheck, fields, output


class WebRooms(Contract):
    """Web rooms know only web rooms of their own app, and those of the apps named in `shared`."""

    type_name = "web_rooms"

    rooms = fields.ListField(subfield=fields.StringField())
    shared = fields.ListField(subfield=fields.StringField())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every direct import of a web room."""
        wrong = sorted(
            (importer, imported)
            for imported in graph.modules
            if self._is_web(imported)
            for importer in graph.find_modules_that_directly_import(imported)
            if not self._may(importer, imported)
        )
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import that is not allowed."""
        for importer, imported in check.metadata["wrong"]:
            output.print_error(f"{importer} must not import {imported}")

    def _is_web(self, module: str) -> bool:
        _, _, inside = module.partition(".")
        return inside.split(".")[0] in self.rooms  # type: ignore[operator]

    def _may(self, importer: str, imported: str) -> bool:
        app = imported.split(".", maxsplit=1)[0]
        if app in self.shared:  # type: ignore[operator]
            return self._is_web(importer) or importer.split(".", maxsplit=1)[0] == app
        return self._is_web(importer) and importer.split(".", maxsplit=1)[0] == app
