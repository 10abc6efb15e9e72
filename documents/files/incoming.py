"""Files that a web process was receiving when it was killed.

What is being received lies in FILE_UPLOAD_TEMP_DIR and ends with its request, unless the process
does. Whatever has not been written to for longer than a request may take belongs to none.
"""

import time

from django.conf import settings

# Beside the time of the body: what it takes to read the file and to store it.
SPARE_SECONDS = 3600


def delete_abandoned() -> int:
    """Delete what no request can still be using, and return how many files that were."""
    oldest = time.time() - settings.BODY_MAX_SECONDS - SPARE_SECONDS
    deleted = 0
    for path in settings.FILE_UPLOAD_TEMP_DIR.iterdir():
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
                deleted += 1
        except FileNotFoundError:
            # Its request ended just now.
            continue
    return deleted
