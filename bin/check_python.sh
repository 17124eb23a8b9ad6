#!/bin/sh
# Print a Python that is 3.11 or newer and can make virtual environments; else say what to install.
set -u

advice() { # advice APT-PACKAGES DNF-PACKAGES APK-PACKAGES BREW-PACKAGES
    if command -v apt-get >/dev/null 2>&1; then echo "  apt-get install $1"
    elif command -v dnf >/dev/null 2>&1; then echo "  dnf install $2"
    elif command -v apk >/dev/null 2>&1; then echo "  apk add $3"
    elif command -v brew >/dev/null 2>&1; then echo "  brew install $4"
    else echo "  $1 (or what your system calls it)"
    fi >&2
}

found=
for python in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
    command -v "$python" >/dev/null 2>&1 || continue
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    found=$python
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python"
        exit 0
    fi
done

if [ -z "$found" ]; then
    echo "Offset needs Python 3.11 or newer, and this machine has none in its PATH. Please install it:" >&2
    advice "python3.11 python3.11-venv" python3.11 "python3 py3-pip" python@3.11
else
    version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "Offset needs pip and venv for Python $version, and this machine has only the interpreter. Please install them:" >&2
    advice "python$version-venv" "python$version-pip" py3-pip "python@$version"
fi
exit 1
