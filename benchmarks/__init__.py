"""What milepost costs, and how that grows: `make bench`, or `python -m benchmarks [NAME …] [--quick]`.

How to read it. Machines differ, and this one may be busy, so a figure stands beside something measured in the same
run: the *floor* (the least that must be done, written without milepost), or the same work on a store a hundred times
smaller. The *ratio* of the two is what may be compared with another day's or another machine's; seconds may not.

wall    seconds by the clock, what a person waits
CPU     seconds of computing, our process and the database server together: less disturbed by what else is running
peak    most memory our process ever held, the libraries it imports included, the database server's left out

Everything measured runs in a process of its own (`children`) against a database server of its own in a temporary
folder, which is removed afterwards. Great Expectations is imported before the clock starts: a worker of the service
pays for that once in its life, not once a file. Data are made up, with a seed: the same rows in every run.

--quick does a tenth of the work; its ratios are worse than the real ones, for what is fixed weighs more.
"""
