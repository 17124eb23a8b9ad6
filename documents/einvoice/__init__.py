"""Issued documents as EN 16931 e-invoices: UBL 2.1 and UN/CEFACT CII, checked by the official rules (ADR 17).

``translation`` turns what was frozen at issue into the standard's ``model``, ``ubl`` and ``cii`` write it,
``validation`` asks the ``validator`` process whether it holds, and ``output`` is what pages, mails and PDFs call.
"""
