"""`python -m agent` is `hearthd`."""

import sys

from agent.cli import main

sys.exit(main())
