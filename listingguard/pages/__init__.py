"""From a page's bytes to what it says: one module per kind of markup; `layers` reads them in order. Fetches nothing."""
