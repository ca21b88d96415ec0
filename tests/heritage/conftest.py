"""Les portes par lesquelles on relit ce que la version d'avant a écrit."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
