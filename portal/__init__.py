"""Process wiring: settings, URLs, server entry points. Knows no vendor and no business rule."""
