"""How a site sends: one kind of feed, one file. Each yields deliveries and lets go of one only when told to."""
