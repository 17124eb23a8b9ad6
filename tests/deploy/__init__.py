"""An installation as docs/deploy.md describes it: the units' own commands and files, two roles, two hosts."""
