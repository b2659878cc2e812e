"""What we remember: every delivery, record, verdict and alert, append-only. The sole owner of SQLAlchemy."""
