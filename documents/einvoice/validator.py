"""The validator process: e-invoices on standard input, what the official rules say of them on standard output.

Started as ``python -m documents.einvoice.validator MEMORY`` (bytes), a process of its own because a
failure of the XSLT engine ends the process that it runs in. It knows neither Django nor the database nor any secret.
Requests are JSON objects in messages of ``documents.renderer.wire``, with the seconds of processor time they may take::

    {"do": "check", "syntax": "ubl" or "cii", "xml": text, "cpu": seconds}

The answer is ``{"ok": true, "problems": [[rule, text, is fatal], ...]}``, or ``{"ok": false, "code": ..., "message":
...}`` with the codes ``limit`` and ``error``. It ends when its input ends.
"""

import json
import logging
import resource
import signal
import sys
from typing import Any

from documents.einvoice.rules import FOLDER, Rules
from documents.renderer import confinement, wire

_LONGEST_MESSAGE = 500


def main() -> None:
    """Compile the rules, confine the process, and answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business.
    logging.disable(logging.CRITICAL)
    answers = wire.answers()
    confinement.limit_memory(int(sys.argv[1]), of=resource.RLIMIT_DATA)
    rules = Rules()
    confinement.shut_out_the_world([FOLDER])
    while (message := wire.receive(sys.stdin.buffer)) is not None:
        request = json.loads(message)
        confinement.allow_cpu(request["cpu"])
        wire.send(answers, json.dumps(_answer(request, rules)).encode())


def _answer(request: dict[str, Any], rules: Rules) -> dict[str, Any]:
    try:
        return {"ok": True, "problems": rules.check(request["xml"].encode(), request["syntax"])}
    except (MemoryError, RecursionError) as error:
        return _failure("limit", error)
    except Exception as error:  # noqa: BLE001 - the engine raises all kinds; each is one document's end
        return _failure("error", error)


def _failure(code: str, error: BaseException) -> dict[str, Any]:
    return {"ok": False, "code": code, "message": f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE]}


if __name__ == "__main__":
    main()
