"""milepost watches a running clinical trial: what sites send, what the protocol says of it, whom to tell."""

__version__ = "0.1.0"
