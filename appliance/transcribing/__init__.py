"""Process 2, the listener: follows the growing recording with Vosk."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: no pool for sums this small
