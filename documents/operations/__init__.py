"""What people do with PDFs and their templates."""

from documents.operations.files import NothingFailed, StillBeingMade, regenerate, try_again

__all__ = ["NothingFailed", "StillBeingMade", "regenerate", "try_again"]
