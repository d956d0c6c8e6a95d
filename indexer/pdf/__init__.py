"""PDF booklets: from bytes to the same values that an HTML page gives."""
