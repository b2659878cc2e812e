"""What people read: the open interim report, mails, findings pages and letters of queries.

Models of numbers and words are built here; `reports.render` alone turns them into pages.
"""
