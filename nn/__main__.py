"""``python -m nn``; see :mod:`nn.command.main`."""

import sys

from nn.command.main import main

if __name__ == "__main__":
    sys.exit(main())
