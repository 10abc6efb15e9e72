"""Files that a web process was receiving when it was killed.

What is being received lies in FILE_UPLOAD_TEMP_DIR and ends with its request, unless the process
does. Whatever has not been written to for longer than a request may take belongs to none. So does
a folder that a sync has fetched a repository into, which takes less.
"""

import shutil
import time

from django.conf import settings

# Beside the time of the body: what it takes to read the file and to store it.
SPARE_SECONDS = 3600


def delete_abandoned() -> int:
    """Delete what no request or sync can still be using, and return how many that were."""
    oldest = time.time() - settings.BODY_MAX_SECONDS - SPARE_SECONDS
    deleted = 0
    for path in settings.FILE_UPLOAD_TEMP_DIR.iterdir():
        try:
            if path.stat().st_mtime >= oldest:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            deleted += 1
        except FileNotFoundError:
            # Its request ended just now.
            continue
    return deleted
