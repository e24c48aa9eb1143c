"""What every test shares: property tests have no deadline, and with CI=true they try the same examples at each run."""

import os

from hypothesis import settings

# A machine that is busy makes no test fail.
settings.register_profile("listingguard", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("listingguard")
