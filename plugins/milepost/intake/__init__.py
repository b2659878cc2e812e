"""From a site's words to ours: bytes in, record frames out, every doubt written beside its row."""
